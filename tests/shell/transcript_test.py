"""The shell, compared character by character with transcripts: on a terminal, piped, and with --source."""

import pathlib
import subprocess

import pexpect
import pytest

from conftest import Stage
from harness import PATIENCE

BANNER = r"""
                                   __  __
 .-.,="``"=.          ____ _____ _/ (_) /__  ____
 '=/_       \        / __ `/ __ `/ / / / _ \/ __ \
  |  '=._    |      / /_/ / /_/ / / / /  __/ /_/ /
   \     `=./`.     \__, /\__,_/_/_/_/\___/\____/
    '=.__.=' `='   /____/


Welcome to the galileo shell!

Type `usage` to list available functions

"""
PROMPTS = ("galileo> ", "... ")


def transcript(name: str, stage: Stage) -> str:
    text = (pathlib.Path(__file__).parent / f"{name}.transcript").read_text()
    return text.replace("TARGET", stage.service.authority)


def statements(text: str) -> list[str]:
    return [line[len(prompt):] for line in text.splitlines() for prompt in PROMPTS if line.startswith(prompt)]


def output(text: str) -> str:
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith(PROMPTS))


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.start_worker("w1")
    return stage


def shell(stage: Stage, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([stage.program.path, "shell", *arguments], input=stdin, env={**stage.python()},
                          cwd=stage.directory, capture_output=True, text=True, timeout=60)


def test_on_a_terminal(ready: Stage) -> None:
    text = transcript("basics", ready)
    session = pexpect.spawn(ready.program.path, ["shell"], env=ready.python(), cwd=str(ready.directory), encoding="utf-8",
                            timeout=PATIENCE, dimensions=(200, 200))
    seen = ""
    for statement in statements(text):
        session.expect(["galileo> ", r"\.\.\. "])
        seen += session.before + session.after
        session.sendline(statement)
    session.expect_exact("galileo> ")
    seen += session.before
    session.sendline("exit()")
    session.expect(pexpect.EOF)
    session.close()
    assert seen.replace("\r\n", "\n") == BANNER + text
    assert session.exitstatus == 0


def test_piped(ready: Stage) -> None:
    text = transcript("basics", ready)
    finished = shell(ready, stdin="\n".join(statements(text)) + "\n")
    assert finished.stderr == ""
    assert finished.stdout == output(text)
    assert finished.returncode == 0


def test_source(ready: Stage) -> None:
    script = ready.directory / "script.py"
    script.write_text("import json\ndef main():\n    print(g.workers(), json.dumps(1))\nif __name__ == '__main__':\n    main()\n1 + 1\n")
    finished = shell(ready, "--source", str(script))
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "{'w1'} 1\n", "")


@pytest.mark.parametrize("text, code, last", [("raise ValueError('no')", 1, "ValueError: no"),
                                              ("exit(7)", 7, ""), ("exit()", 0, ""), ("1 +", 1, "SyntaxError: invalid syntax")])
def test_how_a_source_ends(ready: Stage, text: str, code: int, last: str) -> None:
    script = ready.directory / "script.py"
    script.write_text(text + "\n")
    finished = shell(ready, "--source", str(script))
    assert finished.returncode == code
    assert (finished.stderr.splitlines() or [""])[-1] == last


def test_a_source_that_cannot_be_read(ready: Stage) -> None:
    finished = shell(ready, "--source", "nosuch.py")
    assert finished.returncode == 2
    assert "nosuch.py: No such file or directory" in finished.stderr


def test_an_exception_does_not_end_a_piped_session(ready: Stage) -> None:
    finished = shell(ready, stdin="1/0\n'still here'\n")
    assert finished.stdout == "'still here'\n"
    assert finished.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert finished.returncode == 0


def test_without_redis(ready: Stage) -> None:
    finished = shell(ready, "--redis", "127.0.0.1:1")
    assert finished.returncode == 1
    assert finished.stderr.startswith("Could not initiate Redis connection: ")


def test_without_workers(stage: Stage) -> None:
    finished = shell(stage, stdin="g.workers()\nshow.workers()\nshow.clients()\ng.clients()\ng.spawn('echo')\n")
    assert finished.stdout == "set()\nno available workers\nempty client group\n"
    assert finished.stderr.splitlines()[-1] == "galileo.errors.NotFound: No workers are registered."
