"""`python3 -m galileo.cli.worker`: the worker, which is the program `galileo`; see `galileo worker --help`."""

import sys

from galileo.cli.program import run

if __name__ == "__main__":
    run("worker", sys.argv[1:])
