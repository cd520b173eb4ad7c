"""`python3 -m galileo.cli.experimentd`: the experiment daemon, which is the program `galileo`; see `galileo experimentd --help`."""

import sys

from galileo.cli.program import run

if __name__ == "__main__":
    run("experimentd", sys.argv[1:])
