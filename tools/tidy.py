#!/usr/bin/python3
"""The repository checks itself: rooms and floors, lengths, banned calls, markers, links.

usage: tools/tidy.py [ROOT]

Prints one line per finding, `file:line: what is wrong; what to do`, and exits 1 when there is one.
It is a ctest test (label `tidy`), and `tools/tidy_test.py` plants each violation and expects it to
be found. A line that must break a rule about calls says why in a comment on it or right above it:
`// tidy: the reason`.
"""

import ast
import pathlib
import re
import subprocess
import sys
from typing import Iterator, NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cpp_scan  # noqa: E402  (found beside this file)

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
TEXT_SUFFIXES = {".cc", ".h", ".py", ".md", ".txt", ".cmake", ".json", ".yml", ".yaml", ".sh", ".ini",
                 ".toml", ".env", ".service", ".html", ".css", ".js", ".ts", ".svelte", ".conf", ""}
MEASURED_SUFFIXES = {".cc", ".h", ".py", ".sh", ".cmake", ".js", ".ts", ".svelte"}
NEVER_WALKED = {".git", "build", ".cache", "node_modules", "__pycache__"}


class Finding(NamedTuple):
    path: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}; {self.remedy}"


class Room(NamedTuple):
    name: str
    floor: int
    depends: tuple[str, ...]
    path: str  # of its CMakeLists.txt
    line: int


class Tree:
    """The files of a repository: those that git tracks or would track, or all of them without git."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.files = sorted(name for name in self._list() if (root / name).is_file())
        self._texts: dict[str, str] = {}
        self.rooms = {room.name: room for room in self._read_rooms()}

    def _list(self) -> list[str]:
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            done = subprocess.run(command, capture_output=True, check=True, text=True)
            return [name for name in done.stdout.split("\0") if name]
        except (OSError, subprocess.CalledProcessError):
            found = (path.relative_to(self.root) for path in self.root.rglob("*"))
            return [str(path) for path in found if not NEVER_WALKED & set(path.parts)]

    def text(self, name: str) -> str:
        if name not in self._texts:
            self._texts[name] = (self.root / name).read_text(encoding="utf-8", errors="replace")
        return self._texts[name]

    def matching(self, pattern: str) -> list[str]:
        return [name for name in self.files if re.fullmatch(pattern, name)]

    def sources(self, folder: str) -> list[str]:
        return self.matching(folder + r"/.*\.(?:cc|h)")

    def _read_rooms(self) -> Iterator[Room]:
        for path in self.matching(r"src/\w+/CMakeLists\.txt"):
            text = re.sub(r"#.*", "", self.text(path))
            for call in re.finditer(r"\broom\(\s*(\w+)([^)]*)\)", text):
                lists: dict[str, list[str]] = {"": []}
                current = lists[""]
                for word in call.group(2).split():
                    if word.isupper():
                        current = lists.setdefault(word, [])
                    else:
                        current.append(word)
                floor = int((lists.get("FLOOR") or ["-1"])[0])
                yield Room(call.group(1), floor, tuple(lists.get("DEPENDS", [])), path,
                           text.count("\n", 0, call.start()) + 1)


# --- rooms and floors ---------------------------------------------------------------------------

# Libraries that have one home, by how their headers begin. Tests and kits may look behind the
# curtain (read back a database, make a certificate); for the rooms that are the reason for the rule
# see MUST_NOT_KNOW.
LIBRARY_HOMES = {
    r"sqlite3\.h": {"store"},
    r"(?:mysql|mariadb)/": {"store"},
    r"hiredis/": {"redis"},
    r"yaml-cpp/": {"experiment", "apps"},
    r"archive(?:_entry)?\.h": {"apps"},
    r"CLI/": {"cli"},
    r"spdlog/": {"base"},
    r"openssl/": {"base", "io", "redis"},
    r"zlib\.h": {"http"},
    r"nghttp2/": {"http"},
    r"liburing": {"io"},
    r"boost/": {"api"},
}

# Architecture, section 2: what a room must never know, tests included. Headers or rooms.
SOCKETS = r"sys/socket\.h|netinet/|arpa/inet\.h|sys/epoll\.h|netdb\.h"
THREADS = r"thread$|mutex$|atomic$"
SQL = r"sqlite3\.h|mysql/|mariadb/|store/"
REDIS = r"hiredis/|redis/"
MUST_NOT_KNOW = {
    "model": (rf"{SOCKETS}|fstream$|unistd\.h", "I/O"),
    "stats": (rf"{THREADS}|nlohmann/|model/", "threads and formats"),
    "pacing": (rf"{SOCKETS}|{THREADS}|base/testing/fake_clock\.h", "clocks and sockets"),
    "io": (r"http/|redis/|hiredis/", "protocols"),
    "http": (r"pacing/", "pacing"),
    "redis": (r"coord/|model/", "our key names"),
    "store": (rf"{REDIS}|coord/", "Redis"),
    "routing": (rf"{REDIS}|coord/", "Redis"),
    "hostmon": (rf"{REDIS}|{SQL}", "Redis and SQL"),
    "coord": (rf"engine/|{SQL}", "the load engine and SQL"),
    "engine": (rf"{REDIS}|coord/|{SQL}", "Redis and SQL"),
    "worker": (r"api/|python/", "REST and the shell"),
    "control": (SQL, "SQL"),
    "recorder": (r"engine/", "the load engine"),
    "experiment": (r"api/|python/", "Python and REST"),
    "api": (r"engine/", "the load engine"),
    "report": (rf"{SOCKETS}|io/|http/|{REDIS}", "I/O to services"),
    "python": (r"engine/", "the load engine"),
}
PYTHON_HEADERS = r"pybind11/.*|Python\.h"

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?P<open>["<])(?P<header>[^">\n]+)[">]', re.MULTILINE)


def includes(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, header, bracket) of every #include."""
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start("open")) + 1, match["header"], match["open"]


def is_test(path: str) -> bool:
    return path.endswith("_test.cc") or "/testing/" in path


def check_room_lists(tree: Tree) -> Iterator[Finding]:
    for room in tree.rooms.values():
        folder = pathlib.PurePath(room.path).parent.name
        if room.name != folder:
            yield Finding(room.path, room.line, f"room '{room.name}' lives in the folder '{folder}'",
                          "give both the same name")
        if room.floor < 0:
            yield Finding(room.path, room.line, f"room '{room.name}' has no floor", "write FLOOR n")
        for name in room.depends:
            used = tree.rooms.get(name)
            if used is None:
                yield Finding(room.path, room.line, f"DEPENDS names '{name}', which is no room", "remove it")
            elif used.floor >= room.floor:
                yield Finding(room.path, room.line,
                              f"'{room.name}' (floor {room.floor}) DEPENDS on '{name}' (floor {used.floor})",
                              "depend only on lower floors; turn the dependency round or pass a callback")
        has_code = any(tree.matching(rf"src/{room.name}/.*\.cc"))
        if has_code and f"src/{room.name}/README.md" not in tree.files:
            yield Finding(room.path, room.line, f"room '{room.name}' has no README.md",
                          "say in a few lines what it is for and where to begin reading")


def check_house(tree: Tree) -> Iterator[Finding]:
    """src/CMakeLists.txt builds every room, lower floors first, and the map in docs/ shows it."""
    path = "src/CMakeLists.txt"
    if path not in tree.files:
        return
    words = re.findall(r"\w+", re.sub(r"#.*", "", tree.text(path)))
    order = [word for word in words if word in tree.rooms]
    for room in tree.rooms.values():
        if room.name not in order:
            yield Finding(path, 1, f"room '{room.name}' is not built", "add it at its floor")
    for before, after in zip(order, order[1:]):
        if tree.rooms[before].floor > tree.rooms[after].floor:
            yield Finding(path, 1, f"'{before}' comes before '{after}', which is on a lower floor",
                          "list lower floors first")
    plan = "docs/architecture.md"
    if plan not in tree.files:
        return
    drawn = dict((name, int(floor)) for floor, name in
                 re.findall(r"^\| (\d+) \| `(\w+)`", tree.text(plan), re.MULTILINE))
    for room in tree.rooms.values():
        if drawn.get(room.name) != room.floor:
            yield Finding(plan, 1, f"the table of rooms lacks `{room.name}` on floor {room.floor}",
                          "add or correct its row")


def check_includes(tree: Tree) -> Iterator[Finding]:
    for path in tree.sources(r"src/\w+"):
        room = tree.rooms.get(path.split("/")[1])
        if room is None:
            yield Finding(path, 1, "stands in no room", "its folder needs a CMakeLists.txt with room(...)")
            continue
        for line, header, bracket in includes(tree.text(path)):
            yield from check_include(tree, room, path, line, header, bracket)


def check_include(tree: Tree, room: Room, path: str, line: int, header: str,
                  bracket: str) -> Iterator[Finding]:
    def finding(problem: str, remedy: str) -> Finding:
        return Finding(path, line, problem, remedy)

    if room.name != "python" and re.fullmatch(PYTHON_HEADERS, header):
        yield finding(f"includes <{header}>", "only the room 'python' knows Python")
    forbidden, topic = MUST_NOT_KNOW.get(room.name, ("", ""))
    if forbidden and re.match(forbidden, header):
        yield finding(f"'{room.name}' must not know {topic} but includes \"{header}\"",
                      "move this code to a room that may, or pass in what it needs")
        return
    if not is_test(path):
        for pattern, homes in LIBRARY_HOMES.items():
            if bracket == "<" and re.match(pattern, header) and room.name not in homes:
                yield finding(f"includes <{header}>", f"only {', '.join(sorted(homes))} may; use their interface")
    if bracket == "<":
        return
    owner = header.split("/")[0]
    if owner not in tree.rooms:
        yield finding(f'"{header}" is in no room', "write includes from the src/ root: \"room/file.h\"")
        return
    if owner != room.name and owner not in room.depends:
        yield finding(f'"{header}" is of the room \'{owner}\', which \'{room.name}\' does not list',
                      f"add '{owner}' to DEPENDS in {room.path} if its floor is lower")
    elif owner != room.name and tree.rooms[owner].floor >= room.floor:
        yield finding(f'"{header}" is on floor {tree.rooms[owner].floor}, not below {room.floor}',
                      "include only lower floors")
    if "/testing/" in header and not is_test(path):
        yield finding(f'"{header}" is a test kit', "only tests and kits may include it")


def check_key_names(tree: Tree) -> Iterator[Finding]:
    """The room `redis` speaks to any Redis; what our keys are called is known to `coord`."""
    for path in tree.sources("src/redis"):
        if is_test(path):
            continue
        code = cpp_scan.without_comments(tree.text(path))
        for match in re.finditer(r'"(?:galileo|routing|telem\w*|exp|__eventbus)[:/.]', code):
            yield Finding(path, code.count("\n", 0, match.start()) + 1, "names one of our keys or channels",
                          "key names belong to the room 'coord'; take the name as a parameter")


# --- calls --------------------------------------------------------------------------------------

class Ban(NamedTuple):
    pattern: str
    remedy: str
    exempt: frozenset[str]  # rooms
    everywhere: bool  # also in tests/, bench/, fuzz/ and examples/


SOURCES_OF_TRUTH = frozenset({"base", "cli"})
BANS = [
    Ban(r"\b\w*_clock::now\s*\(", "take base::Clock& and ask it (base/clock.h)", SOURCES_OF_TRUTH, False),
    Ban(r"(?<![\w.>])(?:clock_gettime|gettimeofday)\s*\(|(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0)\s*\)",
        "take base::Clock& and ask it (base/clock.h)", SOURCES_OF_TRUTH, False),
    Ban(r"\bsleep_(?:for|until)\s*\(|(?<![\w.>])(?:usleep|nanosleep|clock_nanosleep)\s*\(|::sleep\s*\(",
        "wait for an event or a loop timer; in tests step FakeClock", SOURCES_OF_TRUTH, False),
    Ban(r"(?<![\w.>])s?rand\s*\(|\brandom_device\b|\bmt19937\w*|\bdefault_random_engine\b",
        "take base::Rng& (base/random.h); a run without a seed takes base::entropy_seed()",
        frozenset({"base"}), True),
    Ban(r"(?<![\w.>])(?:secure_)?getenv\s*\(|\benviron\b", "take base::Environment (base/environment.h)",
        SOURCES_OF_TRUTH, False),
    Ban(r"\bthrow\b", "errors are values: return Error (base/result.h); bugs are GALILEO_ASSERT",
        frozenset({"python"}), False),  # whose job it is to turn errors into exceptions
    Ban(r"(?<![\w.>])assert\s*\(", "use GALILEO_ASSERT (base/assert.h), which is on in release builds",
        frozenset(), True),
]
EXCUSE = re.compile(r"//\s*tidy:\s*\S")


def check_calls(tree: Tree) -> Iterator[Finding]:
    for path in tree.sources("(?:src|tests|bench|fuzz|examples)"):
        folders = path.split("/")
        room = folders[1] if folders[0] == "src" else ""
        lines = tree.text(path).split("\n")
        code = cpp_scan.code_only(tree.text(path))
        for ban in BANS:
            if room in ban.exempt or (not room and not ban.everywhere):
                continue
            for match in re.finditer(ban.pattern, code):
                line = code.count("\n", 0, match.start()) + 1
                above = lines[line - 2].strip() if line > 1 else ""
                if EXCUSE.search(lines[line - 1]) or (above.startswith("//") and EXCUSE.search(above)):
                    continue
                call = match.group().strip().rstrip("(")
                yield Finding(path, line, f"uses {call}", f"{ban.remedy}, or say why not: // tidy: reason")


# --- files --------------------------------------------------------------------------------------

def check_lengths(tree: Tree) -> Iterator[Finding]:
    for path in tree.files:
        suffix = pathlib.PurePath(path).suffix
        if suffix not in MEASURED_SUFFIXES and not tree.text(path).startswith("#!"):
            continue
        lines = tree.text(path).count("\n")
        if lines > FILE_LINES_MAX:
            yield Finding(path, FILE_LINES_MAX, f"{lines} lines, at most {FILE_LINES_MAX}", "split it by concept")
        if suffix in (".cc", ".h"):
            functions = cpp_scan.functions(tree.text(path))
        elif suffix == ".py" or tree.text(path).startswith("#!/usr/bin/python3"):
            functions = python_functions(tree.text(path))
        else:
            functions = []
        for first, last, name in functions:
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield Finding(path, first, f"{name} has {last - first + 1} lines, at most {FUNCTION_LINES_MAX}",
                              "branch here and move the leaves into functions of their own")


def python_functions(text: str) -> list[tuple[int, int, str]]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.lineno, node.end_lineno or node.lineno, node.name)
            for node in ast.walk(tree) if isinstance(node, kinds)]


def check_headers(tree: Tree) -> Iterator[Finding]:
    for path in tree.matching(r".*\.h"):
        code = cpp_scan.without_comments(tree.text(path)).lstrip()
        if not code.startswith("#pragma once"):
            yield Finding(path, 1, "does not begin with #pragma once", "put it on the first line")


MARKERS = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
MACHINE_PATHS = re.compile(r"(?<![\w.:/}-])/(?:work|root|home/[a-z]\w*)/")


def check_text(tree: Tree) -> Iterator[Finding]:
    hosts = private_hosts()
    for path in tree.files:
        if pathlib.PurePath(path).suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            marker = MARKERS.search(line)
            if marker:
                yield Finding(path, number, f"leftover marker {marker.group()}", "do it now or open an issue")
            place = MACHINE_PATHS.search(line)
            if place:
                yield Finding(path, number, f"names a path of one machine, {place.group()}",
                              "write it relative to the repository, or as a variable")
            for host in hosts:
                if host in line:
                    yield Finding(path, number, f"names this machine's registry {host}",
                                  "registries are configured outside the repository")


PUBLIC_HOSTS = re.compile(r"localhost|[\d.]+|(?:.*\.)?(?:debian\.org|pypi\.org|pythonhosted\.org|npmjs\.org|nodesource\.com"
                          r"|ubuntu\.com|google\.com|github\.com)")
REGISTRY_SETTINGS = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*", "/etc/apt/apt.conf.d/*", "/etc/npmrc",
                     "/etc/pip.conf", "~/.npmrc", "~/.config/pip/pip.conf", "~/.pip/pip.conf")


def private_hosts() -> set[str]:
    """Host names of the registries and proxies that this machine is set up to use."""
    hosts = set()
    for setting in REGISTRY_SETTINGS:
        place = pathlib.Path(setting).expanduser()
        for path in place.parent.glob(place.name) if place.parent.is_dir() else []:
            try:
                text = path.read_text(errors="replace")
            except OSError:
                continue
            hosts |= set(re.findall(r"https?://(?:[^/\s@\"]*@)?([\w.-]+)", text))
    return {host for host in hosts if not PUBLIC_HOSTS.fullmatch(host) and "." in host}


def check_built(tree: Tree) -> Iterator[Finding]:
    """Outside src/, where room() takes all there is, a source that no CMakeLists.txt names is dead."""
    for path in tree.matching(r"(?:tests|bench|fuzz|examples)/.*\.cc"):
        for folder in pathlib.PurePath(path).parents:
            lists = str(folder / "CMakeLists.txt")
            if lists in tree.files:
                name = pathlib.PurePath(path).name
                words = tree.text(lists)
                if name not in words and pathlib.PurePath(path).stem not in words and "GLOB" not in words:
                    yield Finding(path, 1, "is built by nothing", f"name it in {lists} or delete it")
                break
        else:
            yield Finding(path, 1, "is built by nothing", "there is no CMakeLists.txt above it")


# --- documents ----------------------------------------------------------------------------------

LINK = re.compile(r"(?<!\!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")


def without_code(text: str) -> str:
    """Markdown with fenced and inline code blanked, line breaks kept."""
    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())
    text = re.sub(r"^(```|~~~).*?^\1", blank, text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", blank, text)


def anchors(text: str) -> set[str]:
    """The anchors of a Markdown file's headings, as code hosts make them."""
    found = set()
    fenceless = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    for title in re.findall(r"^#+\s+(.*?)\s*$", fenceless, re.MULTILINE):
        found.add(re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.lower())))
    return found


def check_links(tree: Tree) -> Iterator[Finding]:
    for path in tree.matching(r".*\.md"):
        text = without_code(tree.text(path))
        for match in LINK.finditer(text):
            target = match.group(1) or match.group(2)
            if re.match(r"[a-z]+:", target):
                continue
            line = text.count("\n", 0, match.start()) + 1
            name, _, anchor = target.partition("#")
            place = (tree.root / path).parent / name if name else tree.root / path
            if not place.exists():
                yield Finding(path, line, f"links to {target}, which does not exist", "mend the link")
            elif anchor and place.suffix == ".md" and anchor not in anchors(place.read_text()):
                yield Finding(path, line, f"links to {target}, but there is no such heading", "mend the anchor")


def check_decisions(tree: Tree) -> Iterator[Finding]:
    folder = "docs/decisions"
    numbers: dict[int, str] = {}
    for path in tree.matching(folder + r"/.*\.md"):
        name = pathlib.PurePath(path).name
        match = re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", name)
        if not match:
            if name != "README.md":
                yield Finding(path, 1, "is not named NNNN-some-title.md", "rename it")
            continue
        if int(match[1]) in numbers:
            yield Finding(path, 1, f"has the number of {numbers[int(match[1])]}", "take the next free number")
        numbers[int(match[1])] = path
        for heading in ("Context", "Choice", "Rejected", "How we teach it"):
            if f"## {heading}\n" not in tree.text(path):
                yield Finding(path, 1, f"has no section '{heading}'", "see docs/decisions/README.md")
    for number in range(1, max(numbers, default=0)):
        if number not in numbers:
            yield Finding(folder, 1, f"there is no decision {number:04}", "number records without gaps")


CHANGE_KINDS = ("added", "changed", "fixed", "removed", "security")


def check_changes(tree: Tree) -> Iterator[Finding]:
    for path in tree.matching(r"changelog\.d/.*"):
        name = pathlib.PurePath(path).name
        if name == "README.md":
            continue
        if not re.fullmatch(rf"[a-z0-9-]+\.(?:{'|'.join(CHANGE_KINDS)})\.md", name):
            yield Finding(path, 1, "is not named topic.kind.md", f"kinds are {', '.join(CHANGE_KINDS)}")
        elif not tree.text(path).strip():
            yield Finding(path, 1, "is empty", "say in a sentence what changes for the user")


CHECKS = [check_room_lists, check_house, check_includes, check_key_names, check_calls, check_lengths, check_headers,
          check_text, check_built, check_links, check_decisions, check_changes]


def findings(root: pathlib.Path) -> list[Finding]:
    tree = Tree(root)
    return sorted(finding for check in CHECKS for finding in check(tree))


def main(arguments: list[str]) -> int:
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).resolve().parent.parent)
    found = findings(root.resolve())
    for finding in found:
        print(finding)
    print(f"tidy: {len(found)} finding{'' if len(found) == 1 else 's'}" if found else "tidy: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
