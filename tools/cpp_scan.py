"""Reads C++ just well enough for tools/tidy.py: blanks comments and literals, finds functions.

A scanner, not a parser: it knows comments, strings, raw strings, characters, preprocessor lines and
braces. All results keep the line numbers of the text they came from.
"""

import re

TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<raw>(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s"]*)\(.*?\)(?P=delimiter)")"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<number>\b\d(?:'?[\w.])*)"""
    r"""|(?P<character>'(?:\\.|[^'\\\n])+')""",
    re.DOTALL | re.VERBOSE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)

QUALIFIERS = {"const", "noexcept", "override", "final", "mutable", "try", "constexpr", "volatile"}
CONTAINER = re.compile(r"(?:(?:inline|export|typedef|static|constexpr|const)\s+)*"
                       r"(?:namespace|class|struct|union|enum|extern)\b")
TEMPLATE = re.compile(r"\s*(?:template\s*<|requires\s*\()")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(text: str) -> str:
    """`text` with its comments blanked, literals kept."""
    return TOKEN.sub(lambda token: _blank(token[0]) if token["comment"] else token[0], text)


def code_only(text: str) -> str:
    """`text` with comments and the insides of string and character literals blanked."""
    def replace(token: re.Match[str]) -> str:
        if token["comment"]:
            return _blank(token[0])
        if token["raw"] or token["string"] or token["character"]:
            return token[0][0] + _blank(token[0][1:-1]) + token[0][-1]
        return token[0]
    return TOKEN.sub(replace, text)


def functions(text: str) -> list[tuple[int, int, str]]:
    """(first line, last line, name) of every function body and of its heading.

    Functions inside functions (lambdas, local classes) count as part of the outer one.
    """
    code = DIRECTIVE.sub(lambda match: _blank(match[0]), code_only(text))
    found: list[tuple[int, int, str]] = []
    heading = 0  # where the declaration that is being read began
    at = 0
    while True:
        brace = re.compile(r"[{};]").search(code, at)
        if not brace:
            return found
        at = brace.end()
        if brace[0] != "{":
            heading = at
            continue
        kind = _kind(code[heading:brace.start()])
        if kind == "container":
            heading = at
            continue
        closing = _matching(code, brace.start(), "{", "}")
        if closing is None:
            return found  # conditional compilation opened more than it closed
        if kind == "function":
            start = heading + len(code[heading:]) - len(code[heading:].lstrip())
            found.append((_line(code, start), _line(code, closing), _name(code[heading:brace.start()])))
        at = closing + 1
        if kind != "initializer":
            heading = at


def _kind(declaration: str) -> str:
    """What a brace opens, told from the text before it: function, container, initializer or value."""
    text = _without_template(re.sub(r"\[\[.*?\]\]", " ", declaration)).strip()
    text = re.sub(r"^(?:public|private|protected)\s*:", "", text).strip()
    if CONTAINER.match(text) and not text.endswith(")"):
        return "container"
    if "(" not in text or text.endswith(("=", "(", ",", "{", "return")):
        return "value" if text else "container"
    initializers = re.search(r"\)\s*(?:noexcept\s*)?:(?!:)", text)
    last_word = re.search(r"(\w+|>)$", text)
    if initializers and last_word and last_word[1] not in QUALIFIERS:
        return "initializer"  # of a member, in a constructor: `: number_{1}`; the body follows
    return "function"


def _without_template(text: str) -> str:
    """`text` without leading `template <...>` and `requires (...)` clauses."""
    while (match := TEMPLATE.match(text)):
        opening = match[0][-1]
        closing = _matching(text, match.end() - 1, opening, {"<": ">", "(": ")"}[opening])
        if closing is None:
            return text
        text = text[closing + 1:]
    return text


def _matching(code: str, opening: int, left: str, right: str) -> int | None:
    depth = 0
    for bracket in re.compile(f"[{left}{right}]").finditer(code, opening):
        depth += 1 if bracket[0] == left else -1
        if depth == 0:
            return bracket.start()
    return None


def _name(declaration: str) -> str:
    text = _without_template(declaration)
    macro = re.search(r"\b(TEST\w*|TYPED_TEST\w*)\s*\(([^)]*)\)", text)
    if macro:
        return re.sub(r"\s*,\s*", ".", macro[2].strip())
    match = re.search(r"([\w:~]+|operator\W+)\s*\(", text)
    return match[1].strip() if match else "a function"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
