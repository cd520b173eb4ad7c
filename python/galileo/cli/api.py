"""`python3 -m galileo.cli.api`: the REST API, which is the program `galileo`; see `galileo api --help`."""

import sys

from galileo.cli.program import run

if __name__ == "__main__":
    run("api", sys.argv[1:])
