"""The interactive session: banner, prompt, history, completion, and running a file in its scope."""

import code
import os
import sys
import time
import traceback
from typing import Any, Dict, Optional

from galileo._secrets import holds_secret
from galileo.routing import RoutingRecord
from galileo.shell import shell
from galileo.worker import api
from galileo.worker.context import Context

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

USAGE = """the galileo shell is an interactive python shell that provides the following commands

  usage         show this message
  env           show environment variables
  pwd           show the current working directory

  sleep         time.sleep wrapper

  g             Galileo object that allows you to interact with the system
  show          Prints runtime information about the system to system out
  exp           Galileo experiment
  rtbl          Service routing table
  telemd        Telemetry daemons on the hosts

Type help(<function>) or help(<object>) to learn how to use the functions."""

class _Words:
    """A name that prints something when it is typed."""

    def __init__(self, words: Any, doc: str):
        self._words = words
        self.__doc__ = doc

    def __repr__(self) -> str:
        return str(self._words())

    __str__ = __repr__


def _environment() -> str:
    return "\n".join(f"{name} = {'***' if holds_secret(name, value) else value}" for name, value in os.environ.items())


def scope_of(rds: Any) -> Dict[str, Any]:
    """All names of a session."""
    scope: Dict[str, Any] = {
        **{name: getattr(api, name) for name in api.__all__},
        **{name: getattr(shell, name) for name in shell.__all__},
        "Context": Context, "RoutingRecord": RoutingRecord, "time": time, "os": os, "sys": sys,
        "usage": _Words(lambda: USAGE, "What the shell offers."),
        "env": _Words(_environment, "The variables of the environment; values that may be secret are not shown."),
        "pwd": _Words(os.getcwd, "The current directory."),
        **shell.init(rds), "__name__": "__main__", "__doc__": None,
    }
    for name in ("pymq", "redis"):
        try:
            scope[name] = __import__(name)
        except ImportError:
            scope[name] = None
    if scope["pymq"] is None:
        scope["pymq"] = scope["eventbus"]
    return scope


def run_file(path: str, scope: Dict[str, Any]) -> int:
    """Runs a file in the scope. 0; 1 after an exception, whose traceback is printed; 2 when it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        print(f"galileo shell: {path}: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 2
    scope["__file__"] = path
    sys.argv = [path]  # what the file sees when it reads its arguments
    try:
        exec(compile(text, path, "exec"), scope)  # noqa: S102: running the user's script is the purpose
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else _say(end.code)
    except BaseException as error:
        trace = error.__traceback__
        traceback.print_exception(type(error), error, trace.tb_next if trace else None)
        return 1
    return 0


def _say(words: Any) -> int:
    print(words, file=sys.stderr)
    return 1


class _QuietConsole(code.InteractiveConsole):
    """For a pipe: ends without the empty line that a terminal wants, and runs the block that its input ends in."""

    _ended = False

    def write(self, data: str) -> None:
        if data != "\n":
            super().write(data)

    def raw_input(self, prompt: str = "") -> str:
        try:
            return super().raw_input(prompt)
        except EOFError:
            if self._ended or not self.buffer:
                self._complain_of_rest()
                raise
            self._ended = True
            return ""  # what ends a block

    def _complain_of_rest(self) -> None:
        try:
            compile("\n".join(self.buffer), self.filename, "exec")
        except SyntaxError:
            self.showsyntaxerror(self.filename)


def run_session(scope: Dict[str, Any]) -> int:
    """Reads statements from the terminal, or quietly from a pipe, to the end. The code that exit() was given, else 0."""
    terminal = sys.stdin.isatty()
    sys.ps1, sys.ps2 = ("galileo> ", "... ") if terminal else ("", "")
    if terminal:
        _edit_lines(scope)
        print(BANNER)
    try:
        (code.InteractiveConsole if terminal else _QuietConsole)(scope, "<stdin>").interact(banner="", exitmsg="")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else _say(end.code)
    return 0


def _edit_lines(scope: Dict[str, Any], history: Optional[str] = None) -> None:
    """History and completion with Tab, where the interpreter has readline."""
    try:
        import readline
        import rlcompleter
    except ImportError:
        return
    import atexit

    path = history or os.path.expanduser("~/.galileo_history")
    readline.set_completer(rlcompleter.Completer(scope).complete)
    readline.parse_and_bind("tab: complete")
    try:
        readline.read_history_file(path)
    except OSError:
        pass  # none yet
    readline.set_history_length(10_000)

    def save() -> None:
        try:
            readline.write_history_file(path)
        except OSError:
            pass  # a home that cannot be written is no reason to complain at the end

    atexit.register(save)
