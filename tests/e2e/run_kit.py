"""What the tests of `galileo run` share."""

import contextlib
import json
import pathlib
import sqlite3

LONG = 90.0  # seconds that a whole run may take on a busy machine


def rows(database: pathlib.Path, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def run(galileo, *arguments: object, code: int = 0, patience: float = LONG) -> dict:
    """Runs to the end and returns the JSON summary, after checking what must hold for every run."""
    finished = galileo.run("run", "--summary", "json", "--progress", "none", *arguments, patience=patience)
    assert finished.code == code, finished.err + finished.out
    summary = json.loads(finished.out)
    assert summary["exit_code"] == code
    assert summary["planned"] == summary["sent"] + summary["dropped"]
    assert summary["sent"] == summary["completed"]
    assert summary["completed"] == summary["stored"] + summary["lost"]
    assert sum(summary["statuses"].values()) == summary["completed"]
    return summary


def write(directory: pathlib.Path, text: str) -> pathlib.Path:
    path = directory / "spec.yml"
    path.write_text(text)
    return path
