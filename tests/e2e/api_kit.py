"""A running `galileo api`, and a client that shows everything of an answer."""

import http.client
import io
import json
import pathlib
import signal
import socket
import subprocess
import zipfile
from typing import NamedTuple, Optional

from harness import PATIENCE, Finished, Program, RedisServer


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> object:
        return json.loads(self.body)


class Api:
    """`galileo api` on a free port; ended with stop()."""

    def __init__(self, program: Program, server: RedisServer, *flags: object, env: Optional[dict[str, str]] = None):
        self.repository = program.directory / "apps-repo"
        self.database = program.directory / "experiments.sqlite"
        self.environment = {"galileo_redis_url": f"redis://{server.address}", "galileo_expdb_sqlite_path": str(self.database),
                            **(env or {})}
        self.process: subprocess.Popen = program.start("api", "--bind", "127.0.0.1:0", *flags, env=self.environment)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), line + Program.finish(self.process).err
        self.url = line.removeprefix("listening on ").strip()  # ends with /api
        self.port = int(self.url.split(":")[2].split("/")[0])

    def call(self, method: str, path: str, body: Optional[bytes] = None, **headers: str) -> Answer:
        """Underscores in the names of headers stand for dashes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, value: object, **headers: str) -> Answer:
        return self.call("POST", path, json.dumps(value).encode(), **headers)

    def raw(self, data: bytes, patience: float = PATIENCE) -> bytes:
        """What comes back for these bytes until the server closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as wire:
            answer = b""
            try:
                wire.sendall(data)
                while piece := wire.recv(65536):
                    answer += piece
            except (ConnectionResetError, BrokenPipeError):
                pass
            return answer

    def memory_kib(self, kind: str = "VmRSS") -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(kind + ":"))

    def stop(self, number: int = signal.SIGTERM) -> Finished:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return Program.finish(self.process)


def packed(files: dict[str, object]) -> bytes:
    """A zip as the original's `app deploy` makes it: deflated, relative names, an entry for each directory."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files.items():
            writer.writestr(name, content)  # type: ignore[arg-type]
    return archive.getvalue()


def app(name: str, **more: object) -> bytes:
    """A small app of this name."""
    manifest = f"name: {name}\n" + "".join(f"{key}: {value}\n" for key, value in more.items())
    return packed({"generator.py": "def next_request():\n    return 'get', '/', None\n", "manifest.yml": manifest})


def experiment(name: Optional[str] = None, **changes: object) -> dict:
    """A body for POST /api/experiments: a second of one request a second."""
    workload = {"service": "echo", "ticks": [1], "clients_per_host": 1, "arrival_pattern": "Constant"}
    body: dict = {"configuration": {"duration": "1s", "interval": "1s", "workloads": [workload]}, **changes}
    if name is not None:
        body["experiment"] = {"id": name}
    return body
