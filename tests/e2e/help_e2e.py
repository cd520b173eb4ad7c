"""What the program says about itself, and about wrong use."""

import pathlib
import re
import subprocess

import pytest

from harness import PATIENCE, Program

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = sorted(path.stem for path in (ROOT / "docs/cli").glob("*.md") if path.stem != "galileo")


def test_version(galileo: Program) -> None:
    assert re.fullmatch(r"galileo \d+\.\d+\.\d+\n", galileo.run("--version").out)


def test_overview_names_every_command(galileo: Program) -> None:
    finished = galileo.run("--help")
    assert finished.code == 0 and finished.err == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", finished.out, re.MULTILINE), command


@pytest.mark.parametrize("command", COMMANDS)
def test_page(galileo: Program, command: str) -> None:
    finished = galileo.run(command, "--help")
    assert finished.code == 0 and finished.err == ""
    assert finished.out.startswith(f"galileo {command} - ")
    for heading in ("Usage:", "Exit codes:", "Examples:", "--help"):
        assert heading in finished.out
    assert galileo.run("help", command).out == finished.out


def test_markdown_is_what_docs_hold(galileo: Program, tmp_path: pathlib.Path) -> None:
    assert galileo.run("help", "--markdown", tmp_path / "pages").code == 0
    made = {path.name: path.read_text() for path in (tmp_path / "pages").iterdir()}
    stored = {path.name: path.read_text() for path in (ROOT / "docs/cli").glob("*.md")}
    assert made == stored, "galileo help --markdown docs/cli"


def test_markdown_into_a_place_that_cannot_be(galileo: Program, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")
    finished = galileo.run("help", "--markdown", tmp_path / "file" / "x")
    assert finished.code == 1 and "file/x" in finished.err


@pytest.mark.parametrize("arguments, message", [
    ([], "Usage:"),
    (["targte"], "galileo: unknown command 'targte'; did you mean 'target'?\n"),
    (["--frobnicate"], "galileo: unknown flag '--frobnicate'\n"),
    (["help", "doctr"], "galileo: help: 'doctr' is not one of"),
    (["target", "--latnecy", "1ms"], "unknown flag '--latnecy'; did you mean '--latency'?"),
    (["target", "--latency", "fast"], "--latency: delay 'fast'"),
    (["target", "--latency"], "--latency"),
    (["target", "--port", "99999"], "--port: '99999' is not a whole number from 0 to 65535"),
    (["doctor", "--json", "extra"], "unexpected argument 'extra'"),
    (["doctor", "--log-level", "LOUD"], "--log-level: 'LOUD' is not one of DEBUG"),
])
def test_wrong_use(galileo: Program, arguments: list[str], message: str) -> None:
    finished = galileo.run(*arguments)
    assert finished.code == 2
    assert finished.out == ""
    assert message in finished.err
    assert len(finished.err.splitlines()) <= 2 or not arguments, "one line says what is wrong, one where help is"


def test_output_that_cannot_be_written_is_a_failure(binary: str) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([binary, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert done.stderr == "galileo: the output could not be written\n"
