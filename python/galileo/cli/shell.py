"""`python3 -m galileo.cli.shell [--source FILE]`: the interactive shell; `galileo shell` runs it."""

import argparse
import os
import sys
from typing import List, Optional


def main(arguments: Optional[List[str]] = None) -> int:
    """Runs the shell, or a file in its scope; the exit code."""
    parser = argparse.ArgumentParser(prog="galileo shell", description="The interactive shell of Galileo: Python with "
                                     "the objects g, show, exp, rtbl and telemd.")
    parser.add_argument("--source", metavar="FILE", help="run this file and exit: 0, 1 after an exception, 2 when it "
                        "cannot be read")
    parser.add_argument("--logging", metavar="LEVEL", choices=("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL"),
                        help="level of Python's logging; default: none")
    flags = parser.parse_args(arguments)
    if flags.logging:
        import logging

        logging.basicConfig(level=flags.logging)
    from galileo.errors import GalileoError
    from galileo.shell import repl
    from galileo.worker.context import Context

    scope = vars(sys.modules["__main__"])  # where what the user's code pickles is looked for
    try:
        scope.update(repl.scope_of(Context().create_redis()))
    except GalileoError as error:
        print(f"Could not initiate Redis connection: {error}", file=sys.stderr)
        return 1
    return repl.run_file(flags.source, scope) if flags.source else repl.run_session(scope)


def _without_inspection() -> None:
    """`python3 -i`, as the original's launcher called it, would show the exit as a traceback and go on: begins again
    without it."""
    if sys.flags.inspect:
        os.environ.pop("PYTHONINSPECT", None)
        os.execv(sys.executable, [sys.executable, "-m", "galileo.cli.shell", *sys.argv[1:]])


if __name__ == "__main__":
    _without_inspection()
    sys.exit(main())
