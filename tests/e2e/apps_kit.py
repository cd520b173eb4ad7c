"""A worker with client apps, spoken to as the original's controller does, and servers that remember what they were sent."""

import base64
import contextlib
import http.server
import io
import json
import pathlib
import signal
import subprocess
import uuid
import zipfile
from typing import Iterator, NamedTuple, Optional

import redis

import harness
from harness import PATIENCE, Program, RedisServer, plain_environment, processes_of_session, wait_until

PREFIX = "__eventbus:global:"
LOAD_PATIENCE = 60.0  # seconds for what starts interpreters on a busy machine


class RpcError(Exception):
    """What a worker answered instead of a result: class and text of the exception."""


class Seen(NamedTuple):
    method: str
    path: str
    headers: dict
    body: bytes


@contextlib.contextmanager
def recorder() -> Iterator[tuple[str, list[Seen]]]:
    """A server that answers everything with 200. Yields its authority and the list of what it has been sent."""
    seen: list[Seen] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST = do_PUT = answer  # noqa: N815  (names that the library looks for)

        def log_message(self, *_args: object) -> None:
            pass

    with serving(Handler) as authority:
        yield authority, seen


@contextlib.contextmanager
def serving(handler: type) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with harness.serving(server):
        yield f"127.0.0.1:{server.server_port}"


class Repository:
    """A stand-in for a repository of apps; counts the downloads."""

    def __init__(self) -> None:
        self.archives: dict[str, bytes] = {}
        self.infos: dict[str, object] = {}
        self.downloads: list[str] = []

    def add(self, name: str, files: dict[str, str]) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in files.items():
                archive.writestr(path, text)
        self.archives[name] = packed.getvalue()
        self.infos[name] = {"name": name}

    @contextlib.contextmanager
    def serve(self) -> Iterator[str]:
        repository = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                name, _, verb = self.path.removeprefix("/api/apps/").partition("/")
                body = repository.archives.get(name) if verb else json.dumps(repository.infos.get(name)).encode()
                if verb == "download":
                    repository.downloads.append(name)
                if name not in repository.infos or body is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        with serving(Handler) as authority:
            yield "http://" + authority


class AppWorker:
    """A running `galileo worker` with apps in `directory`."""

    def __init__(self, galileo: Program, server: RedisServer, directory: pathlib.Path, env: Optional[dict[str, str]] = None):
        self.redis = redis.Redis(port=server.port, decode_responses=True)
        self.directory = directory
        self.out = directory.parent / f"worker-{uuid.uuid4()}.out"
        self.err = self.out.with_suffix(".err")
        environment = {"galileo_apps_dir": str(directory), "galileo_apps_repository": "", **(env or {})}
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [galileo.path, "worker", "--name", "w1", "--threads", "1", "--redis", server.address], cwd=galileo.directory,
                env=plain_environment(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)
        wait_until(lambda: self.redis.exists("galileo:lease:worker:w1"), "the worker")

    def log(self) -> str:
        return self.err.read_text()

    def app(self, name: str, generator: str = "", manifest: str = "", **files: str) -> None:
        """Writes an app; `files` have two underscores for the dot."""
        folder = self.directory / name
        folder.mkdir(parents=True)
        (folder / "manifest.yml").write_text(manifest or f"name: {name}\n")
        if generator:
            (folder / "generator.py").write_text(generator)
        for file, text in files.items():
            (folder / file.replace("__", ".")).write_text(text)

    def call(self, function: str, *arguments: object) -> object:
        """One remote call, as pymq makes it."""
        channel = "__rpc_" + str(uuid.uuid4())
        request = {"__obj": [function, channel, list(arguments), {}], "__type": "pymq.core.RpcRequest"}
        assert self.redis.publish(PREFIX + function, json.dumps(request)) == 1
        popped = self.redis.brpop([PREFIX + channel], timeout=int(LOAD_PATIENCE))
        assert popped is not None, f"no answer; the worker says: {self.log()}"
        _name, result, result_type, error = json.loads(popped[1])["__obj"]
        if error:
            raise RpcError(result_type, *result)
        return result

    def spawn(self, app: Optional[str], count: int = 1, parameters: Optional[dict] = None, service: str = "echo") -> list[str]:
        made = self.call("WorkerDaemon.create_client:w1", ["w1", [service, app, parameters, None], count])
        return [description[0] for description in made]

    def refusal(self, app: str, parameters: Optional[dict] = None) -> RpcError:
        try:
            self.spawn(app, 1, parameters)
        except RpcError as error:
            return error
        raise AssertionError("the client was created")

    def route(self, authority: str, service: str = "echo") -> None:
        """Makes a service lead to one host, as the original writes it."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(f"routing:hosts:{service}", f"routing:weights:{service}")
            pipe.rpush(f"routing:hosts:{service}", authority)
            pipe.rpush(f"routing:weights:{service}", 1)
            pipe.sadd("routing:services", service)
            pipe.execute()
        self.redis.publish("routing:updates", service)

    def publish(self, name: str, *fields: object) -> None:
        self.redis.publish(f"{PREFIX}galileo.worker.api.{name}",
                           json.dumps({"__obj": list(fields), "__type": f"galileo.worker.api.{name}"}))

    def request(self, client: str, count: Optional[int], interval: Optional[float] = None) -> None:
        self.publish("SetWorkloadCommand", client, count, "constant", None if interval is None else [interval])

    def info(self, client: str) -> tuple[int, int]:
        """Requests and failures of a client, the only one."""
        (_description, requests, failed) = self.call("Client.get_info")
        assert client in str(_description)
        return requests, failed

    @contextlib.contextmanager
    def done_events(self) -> Iterator[list[str]]:
        """The ids of clients whose workload is done."""
        done: list[str] = []
        listener = self.redis.pubsub(ignore_subscribe_messages=True)
        listener.subscribe(**{PREFIX + "galileo.worker.api.WorkloadDoneEvent":
                              lambda message: done.append(json.loads(message["data"])["__obj"][0])})
        wait_until(lambda: listener.get_message(timeout=0.01) is None and listener.subscribed, "the subscription")
        thread = listener.run_in_thread(sleep_time=0.01)
        try:
            yield done
        finally:
            thread.stop()
            thread.join()
            listener.close()

    def app_processes(self) -> list[int]:
        return [int(line.split()[0]) for line in processes_of_session(self.process.pid) if int(line.split()[0]) != self.process.pid]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it; nothing that it started may be left."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        wait_until(lambda: not processes_of_session(self.process.pid), "the end of the app processes")
        return code


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
