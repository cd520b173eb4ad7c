"""Fixtures of the interoperability tests: a Redis, workers, a service that remembers what it was asked."""

import collections
import http.server
import json
import os
import pathlib
import signal
import subprocess
import textwrap
import threading
import time
import urllib.parse
from typing import Callable, Iterator, Optional

import pytest
from harness import Program, RedisServer, plain_environment, serving, wait_until

from pymq_client import Bus

WORKER_EVENTS = ("CreateClientCommand", "CloseClientCommand", "RegisterWorkerCommand", "StartTracingCommand", "PauseTracingCommand")


class EchoHandler(http.server.BaseHTTPRequestHandler):
    """Answers `/...` at once, `?sleep=S` after S seconds, `?status=N` with that status, `?odd` with what trace lines stumble over."""

    server: "EchoServer"
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        arrived = time.time()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.server.note(path, arrived, self.command, body)
        if "sleep" in asked:
            time.sleep(float(asked["sleep"]))
        answer = b"hello, world\nline2,with comma" if "odd" in asked else b"ok"
        self.send_response(int(asked.get("status", 200)))
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        if "odd" in asked:
            self.send_header("X-Multi", "a")
            self.send_header("X-Multi", "b, c")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = serve

    def log_message(self, *_: object) -> None:
        pass


class EchoServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EchoHandler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.lock = threading.Lock()
        self.requests: list[tuple[str, float, str, bytes]] = []  # path, time of arrival, method, body

    def note(self, *request) -> None:
        with self.lock:
            self.requests.append(request)

    def count(self, path: Optional[str] = None) -> int:
        with self.lock:
            return sum(1 for one in self.requests if path in (None, one[0]))

    def per_path(self) -> collections.Counter:
        with self.lock:
            return collections.Counter(one[0] for one in self.requests)

    def times(self, path: str) -> list[float]:
        with self.lock:
            return sorted(one[1] for one in self.requests if one[0] == path)

    def settled(self, quiet: float = 0.3) -> int:
        """The number of requests once none has come for `quiet` seconds."""
        count = -1
        while count != (now := self.count()):
            count = now
            time.sleep(quiet)
        return count

    def handle_error(self, *_: object) -> None:
        pass  # a killed worker breaks its connections


class Cluster:
    """A Redis and the workers on it."""

    def __init__(self, program: Program, server: RedisServer, echo: EchoServer):
        self.program = program
        self.server = server
        self.redis = server.client
        self.bus = Bus(server.client)
        self.workers: dict[str, "os.PathLike | object"] = {}
        self.logs: dict[str, str] = {}
        self.route("echo", echo.host)

    def route(self, service: str, *hosts: str) -> None:
        """What `rtbl` of the original writes (contract 1.1)."""
        with self.redis.pipeline() as pipeline:
            pipeline.sadd("routing:services", service)
            pipeline.delete(f"routing:hosts:{service}", f"routing:weights:{service}")
            pipeline.rpush(f"routing:hosts:{service}", *hosts)
            pipeline.rpush(f"routing:weights:{service}", *["1.0"] * len(hosts))
            pipeline.publish("routing:updates", service)
            pipeline.execute()

    def worker(self, name: str = "w1", env: Optional[dict[str, str]] = None, wait: bool = True):
        process = self.program.start("worker", "--threads", 1,
                                     env={"galileo_worker_name": name, "galileo_redis_host": "127.0.0.1",
                                          "galileo_redis_port": str(self.server.port),
                                          "galileo_redis_password": self.server.password, **(env or {})})
        self.workers[name] = process
        if wait:
            wait_until(lambda: process.poll() is not None or self.redis.sismember("galileo:workers", name) and
                       self.redis.exists(f"galileo:lease:worker:{name}"), "the worker")
        return process

    def original_worker(self, name: str, gap: float = 0.2, env: Optional[dict[str, str]] = None) -> subprocess.Popen:
        """A worker as the original is one; its clients listen `gap` seconds after the answer that they exist."""
        script = pathlib.Path(__file__).parent / "original_worker.py"
        process = subprocess.Popen(["/usr/bin/python3", str(script), name, self.server.address, "--gap", str(gap)],
                                   env=plain_environment({"galileo_worker_name": name, **(env or {})}), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.workers[name] = process
        channel = f"__eventbus:global:WorkerDaemon.create_client:{name}"  # its name may still be registered by a dead worker
        wait_until(lambda: process.poll() is not None or (dict(self.redis.pubsub_numsub(channel)).get(channel)
                                                          and self.redis.sismember("galileo:workers", name)),
                   "the original's worker")
        return process

    def script(self, text: str, env: Optional[dict[str, str]] = None, may_say: str = "\n") -> str:
        """What our Python package prints in a script of its user's. It must succeed, and on stderr say nothing but lines with `may_say`."""
        path = self.program.directory / "script.py"
        path.write_text("from galileo.shell.script import *\n" + textwrap.dedent(text))
        package = pathlib.Path(self.program.path).resolve().parent.parent.parent / "python"
        environment = {"PYTHONPATH": str(package), "galileo_redis_host": "127.0.0.1", "galileo_redis_port": str(self.server.port),
                       "galileo_redis_password": self.server.password, **(env or {})}
        done = subprocess.run(["/usr/bin/python3", str(path)], env=plain_environment(environment), cwd=self.program.directory,
                              capture_output=True, text=True, timeout=60)
        complaints = [line for line in done.stderr.splitlines() if may_say not in line]
        assert done.returncode == 0 and not complaints, done.stdout + done.stderr
        return done.stdout

    def end(self, name: str, number: int = signal.SIGTERM) -> int:
        """Its exit code; what it said is in `logs` then."""
        process = self.workers.pop(name)
        process.send_signal(number)
        finished = Program.finish(process)
        self.logs[name] = finished.out + finished.err
        return finished.code

    def alive(self, name: str = "w1") -> bool:
        return self.workers[name].poll() is None and self.bus.ping() == [name]

    def stop(self) -> None:
        for name in list(self.workers):
            crashed = self.workers[name].poll()
            assert self.end(name) == 0, f"{name} ended before its time: {crashed}\n{self.logs[name]}"


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    server = EchoServer()
    with serving(server):
        yield server


@pytest.fixture
def make_cluster(tmp_path: pathlib.Path, echo: EchoServer) -> Iterator[Callable[..., Cluster]]:
    binary = os.environ.get("GALILEO_BINARY", "")
    assert os.access(binary, os.X_OK), "GALILEO_BINARY must name the built program; ctest sets it"
    made: list[Cluster] = []

    def make(password: str = "") -> Cluster:
        made.append(Cluster(Program(binary, tmp_path), RedisServer(tmp_path, password), echo))
        return made[-1]

    yield make
    for cluster in made:
        try:
            cluster.stop()
        finally:
            for process in cluster.workers.values():
                process.kill()
                process.communicate()
            cluster.server.stop()


@pytest.fixture
def cluster(make_cluster: Callable[..., Cluster]) -> Cluster:
    """With one worker, w1."""
    made = make_cluster()
    made.worker()
    return made


