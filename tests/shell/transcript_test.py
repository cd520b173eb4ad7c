"""The shell, compared character by character with transcripts: on a terminal, piped, and with --source."""

import subprocess

import pytest

from conftest import Stage
from transcript import Transcript, masked, on_a_terminal, shell, source

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

EVERYWHERE = ("basics", "seed", "names", "clients", "workload", "statistics", "routing", "experiments", "telemetry", "events",
              "workers")
NOT_IN_FILES = ("mistakes",)  # the first exception ends a file


@pytest.mark.parametrize("name", EVERYWHERE + NOT_IN_FILES)
def test_on_a_terminal(ready: Stage, name: str) -> None:
    transcript = Transcript(name, ready)
    seen, code = on_a_terminal(ready, transcript.typed())
    expected = BANNER + transcript.text
    assert masked(seen, expected) == expected
    assert code == 0


@pytest.mark.parametrize("name", EVERYWHERE + NOT_IN_FILES)
def test_piped(ready: Stage, name: str) -> None:
    transcript = Transcript(name, ready)
    finished = shell(ready, stdin="\n".join(transcript.typed()) + "\n", errors=subprocess.STDOUT)
    assert masked(finished.stdout, transcript.output()) == transcript.output()
    assert finished.returncode == 0


@pytest.mark.parametrize("name", EVERYWHERE)
def test_in_a_file(ready: Stage, name: str) -> None:
    transcript = Transcript(name, ready)
    finished = source(ready, transcript.script(), errors=subprocess.STDOUT)
    assert masked(finished.stdout, transcript.output()) == transcript.output()
    assert finished.returncode == 0
