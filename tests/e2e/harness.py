"""Starts and stops what end-to-end tests need: the program itself, sample services, Redis servers.

Everything runs in sessions of its own, so that a test can tell whether a process was left behind.
"""

import contextlib
import json
import os
import pathlib
import signal
import socket
import socketserver
import subprocess
import threading
import time
import urllib.request
from typing import Callable, Iterator, NamedTuple, Optional

import redis

PATIENCE = 20.0  # seconds that anything may take on a busy machine before it counts as hanging


class Finished(NamedTuple):
    code: int
    out: str
    err: str


def wait_until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Returns as soon as `condition()` is true; fails the test when it does not become so."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.01)


@contextlib.contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Lets a server of this program serve on a thread of its own, and closes it in the end."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()


def processes_of_session(session: int) -> list[str]:
    """`pid name` of each process of a session that has not ended."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, rest = stat.read_text(errors="replace").rsplit(")", 1)
            state, _parent, _group, its_session = rest.split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(name.replace(" (", " "))
    return found


def plain_environment(extra: Optional[dict[str, str]] = None) -> dict[str, str]:
    """Ours, without what would change the program's behaviour."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("galileo_") and name not in ("NO_COLOR", "TERM")}
    return {**kept, **(extra or {})}


class Program:
    """The built `galileo`."""

    def __init__(self, path: str, directory: pathlib.Path):
        self.path = path
        self.directory = directory  # current directory of what is started

    def start(self, *arguments: object, env: Optional[dict[str, str]] = None) -> subprocess.Popen:
        return subprocess.Popen([self.path, *map(str, arguments)], cwd=self.directory, env=plain_environment(env),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def run(self, *arguments: object, env: Optional[dict[str, str]] = None, patience: float = PATIENCE) -> Finished:
        """Runs to the end, within `patience` seconds, and checks that nothing is left running."""
        process = self.start(*arguments, env=env)
        return self.finish(process, patience)

    @staticmethod
    def finish(process: subprocess.Popen, patience: float = PATIENCE) -> Finished:
        """Waits for the end of something started, and checks that nothing is left running."""
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"hangs: {process.args}\nstdout: {out}\nstderr: {err}") from None
        wait_until(lambda: not processes_of_session(process.pid),
                   f"the end of {processes_of_session(process.pid)}", patience=5)
        return Finished(process.returncode, out, err)


class Target:
    """A running `galileo target`."""

    def __init__(self, process: subprocess.Popen):
        self.process = process
        self.last: dict = {}  # statistics at the end
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("listening on "):
            finished = Program.finish(process)
            raise AssertionError(f"target did not start: {line}{finished.err}")
        self.url = line.removeprefix("listening on ").strip()
        self.authority = self.url.split("//")[1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stats(self) -> dict:
        with urllib.request.urlopen(self.url + "/_stats", timeout=PATIENCE) as answer:
            return json.load(answer)

    def stop(self, number: int = signal.SIGTERM) -> dict:
        """Ends it and returns the statistics that it prints last. May be called again."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        if self.process.stdout is not None and not self.process.stdout.closed:
            finished = Program.finish(self.process)
            assert finished.code == 0, finished.err
            self.last = json.loads(finished.out)
        return self.last


class RedisServer:
    """A private redis-server on a free port of 127.0.0.1."""

    def __init__(self, directory: pathlib.Path, password: str = ""):
        self.password = password
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = directory / f"redis-{self.port}.log"
        arguments = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                     "--dir", str(directory), "--logfile", str(self.log)]
        if password:
            arguments += ["--requirepass", password]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        start_new_session=True)
        self.client = redis.Redis("127.0.0.1", self.port, password=password or None, decode_responses=True)
        wait_until(self.answers, "redis-server")

    def answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(redis.exceptions.RedisError):
            return bool(self.client.ping())
        return False

    def keys(self) -> list[str]:
        return sorted(self.client.scan_iter())

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def talker(reply: bytes) -> Iterator[int]:
    """A server that answers every connection with `reply` and then keeps it open: garbage, or silence. Yields its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        stop = threading.Event()

        def serve() -> None:
            open_sockets = []
            while not stop.is_set():
                with contextlib.suppress(OSError):
                    accepted, _ = listener.accept()
                    open_sockets.append(accepted)
                    accepted.sendall(reply)
            for accepted in open_sockets:
                accepted.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            thread.join()
