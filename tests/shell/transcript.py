"""Sessions written down as a terminal shows them, and the three ways to hold them again.

A transcript is text: prompts, what is typed after them, what the shell prints. What differs from run to run has a
placeholder: KNOWN ones, which may be typed too, stand for a value of the stage, SHAPES for anything of that form. Of a
traceback only the last line counts; `    ...` stands for its frames.
"""

import ast
import pathlib
import re
import subprocess
import textwrap
from typing import Iterator, NamedTuple

import pexpect

from conftest import Stage
from harness import PATIENCE

PROMPT, CONTINUED = "galileo> ", "... "
SHAPES = {
    "<time>": r"\d{10}\.\d{3}",  # epoch seconds, as exp.event prints them
    "<experiment>": r"\d{12}-[0-9a-f]{4}",
    "<duration>": r" *\d+(\.\d+)?(µs|ms|s)",  # aligned to the right
    "<rate>": r"\d+\.\d",
    "<count>": r"\d+",
}
_FRAMES = re.compile(r"(Traceback \(most recent call last\):\n)(?:  .*\n)+")


class Statement(NamedTuple):
    lines: list[str]  # as typed
    output: str


class Transcript:
    """One file of this folder, with the values of a stage in it."""

    def __init__(self, name: str, stage: Stage):
        text = (pathlib.Path(__file__).parent / f"{name}.transcript").read_text()
        for placeholder, value in known(stage).items():
            text = text.replace(placeholder, value)
        self.text = text
        self.statements = list(_statements(text))

    def typed(self) -> list[str]:
        return [line for statement in self.statements for line in statement.lines]

    def output(self) -> str:
        return "".join(statement.output for statement in self.statements)

    def script(self) -> str:
        """A file that does the same. A file echoes no values, so it has to do that itself."""
        return ECHO + "".join(_echoing("\n".join(statement.lines)) for statement in self.statements)


ECHO = """def echo(value):
    if value is not None:
        print(repr(value))
"""


def known(stage: Stage) -> dict[str, str]:
    return {"<target>": stage.service.authority, "<port>": str(stage.server.port), "<directory>": str(stage.directory)}


def _statements(text: str) -> Iterator[Statement]:
    statement = None
    for line in text.splitlines():
        if line.startswith(PROMPT):
            if statement:
                yield statement
            statement = Statement([line[len(PROMPT):]], "")
        elif line.startswith(CONTINUED):
            statement.lines.append(line[len(CONTINUED):])
        else:
            statement = statement._replace(output=statement.output + line + "\n")
    if statement:
        yield statement


def _echoing(statement: str) -> str:
    is_expression = isinstance(ast.parse(statement).body[0], ast.Expr)
    return f"echo(({statement}))\n" if is_expression else f"{statement}\n"


def on_a_terminal(stage: Stage, typed: list[str]) -> tuple[str, int]:
    """What a terminal shows, without the exit() at the end, and the exit code."""
    session = pexpect.spawn(stage.program.path, ["shell"], env=stage.python(), cwd=str(stage.directory), encoding="utf-8",
                            timeout=PATIENCE, dimensions=(1000, 500))
    session.delaybeforesend = None  # nothing to wait for: readline prompts when it is ready
    seen = ""
    for line in [*typed, "exit()"]:
        session.expect(rf"\n({PROMPT}|{re.escape(CONTINUED)})")
        seen += session.before + session.after
        session.sendline(line)
    session.expect(pexpect.EOF)
    session.close()
    return seen.replace("\r\n", "\n").removesuffix(PROMPT), session.exitstatus


def shell(stage: Stage, *arguments: str, stdin: str = "", errors: int = subprocess.PIPE) -> subprocess.CompletedProcess:
    return subprocess.run([stage.program.path, "shell", *arguments], input=stdin, env=stage.python(), cwd=stage.directory,
                          stdout=subprocess.PIPE, stderr=errors, text=True, timeout=60)


def source(stage: Stage, text: str, errors: int = subprocess.PIPE) -> subprocess.CompletedProcess:
    """Runs a file with this text."""
    script = stage.directory / "script.py"
    script.write_text(textwrap.dedent(text) + "\n")
    return shell(stage, "--source", str(script), errors=errors)


def masked(seen: str, expected: str) -> str:
    """`seen`, with the placeholders of `expected` where what was seen has their form."""
    lines = _FRAMES.sub(r"\1    ...\n", seen).split("\n")
    for index, (line, wanted) in enumerate(zip(lines, expected.split("\n"))):
        if any(placeholder in wanted for placeholder in SHAPES) and re.fullmatch(_pattern(wanted), line):
            lines[index] = wanted
    return "\n".join(lines)


def _pattern(line: str) -> str:
    parts = re.split("(" + "|".join(SHAPES) + ")", line)
    return "".join(SHAPES.get(part, re.escape(part)) for part in parts)
