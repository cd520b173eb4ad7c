"""Every test that the table of README.md names exists."""

import pathlib
import re

HERE = pathlib.Path(__file__).parent
ROW = re.compile(r"^\|.*\| *([^|`]+)::([^| ]+) *\|$", re.MULTILINE)
REQUIRED = {*range(1, 19), *range(20, 26)}  # of contract 11, by the issues


def defines(file: pathlib.Path, name: str) -> bool:
    text = file.read_text()
    if file.suffix == ".py":
        return re.search(rf"^def {name}\(", text, re.MULTILINE) is not None
    suite, _, test = name.partition(".")
    return re.search(rf"^TEST(_F|_P)?\({suite}, {test}\)", text, re.MULTILINE) is not None


def test_every_named_test_exists():
    rows = ROW.findall((HERE / "README.md").read_text())
    assert len(rows) > 50
    assert [f"{file}::{name}" for file, name in rows if not defines(HERE / file, name)] == []


def test_every_row_names_a_test():
    """A typing error must not hide a row from the check above."""
    text = (HERE / "README.md").read_text()
    table = text[text.index("## Which test proves what"):text.index("## What waits")]
    rows = [line for line in table.splitlines() if line.startswith("|") and not line.startswith(("|---", "| # |", "| of |"))]
    assert [row for row in rows if not ROW.match(row)] == []
    assert {int(row.split("|")[1]) for row in rows if row.split("|")[1].strip().isdigit()} >= REQUIRED
