"""Finds the program `galileo` and becomes it."""

import os
import pathlib
import shutil
import sys
from typing import List, NoReturn

import _galileo


def path_of_program() -> str:
    """The program that belongs to this package, else the one on PATH. Raises FileNotFoundError."""
    beside = pathlib.Path(_galileo.__file__).resolve().parent
    for place in (beside / "galileo" / "bin" / "galileo",  # an installed wheel
                  beside.parent / "src" / "cli" / "galileo",  # the build tree
                  beside.parents[2] / "bin" / "galileo"):  # <prefix>/share/galileo/python
        if os.access(place, os.X_OK) and place.is_file():
            return str(place)
    found = shutil.which("galileo")
    if found is None:
        raise FileNotFoundError("the program galileo is not installed beside this package, and not on PATH")
    return found


def run(command: str, arguments: List[str]) -> NoReturn:
    """Becomes `galileo COMMAND ARGUMENT...`; the original's --logging LEVEL is understood."""
    words = []
    for word in arguments:
        name, equals, value = word.partition("=")
        words += ["--log-level" if name == "--logging" else name] + ([value] if equals else [])
    levels = {"WARN": "warn", "WARNING": "warn", "CRITICAL": "error"}
    words = [levels.get(word, word.lower()) if index and words[index - 1] == "--log-level" else word
             for index, word in enumerate(words)]
    program = path_of_program()
    sys.stdout.flush()
    os.execv(program, ["galileo", command, *words])


def main() -> NoReturn:
    """Entry point of the installed package: becomes the program."""
    os.environ.setdefault("galileo_python", sys.executable)  # for the shell and for client apps
    os.execv(path_of_program(), ["galileo", *sys.argv[1:]])
