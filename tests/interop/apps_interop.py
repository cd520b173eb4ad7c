"""Client apps between the original's parts and ours (contract 3, 6; 11.20, as far as the parts exist)."""

import contextlib
import http.server
import io
import json
import pathlib
import types
import urllib.parse
import zipfile

import pytest
from harness import serving, wait_until

from pymq_client import RemoteError

MANIFEST = "name: counting\nversion: 3\nauthors: [me, you]\n"
GENERATOR = '''
import json
import os

with open(os.path.join(context.path, "sub", "data.txt")) as file:
    words = file.read().split()
count = 0


def next_request():
    global count
    count += 1
    word = words[count % len(words)]
    body = {"name": context.name, "version": context.manifest["version"], "parameters": context.parameters, "word": word}
    if count % 3 == 0:
        return "get", "/%s/%d" % (context.name, count), None
    return "post", "/%s/%d" % (word, count), {"data": json.dumps(body)}
'''
FILES = {"sub/": "", "empty/": "", "generator.py": GENERATOR, "manifest.yml": MANIFEST, "sub/data.txt": "one two ünicode\n"}


def packed(files: dict[str, str]) -> bytes:
    """A zip as the original's `app deploy` makes it: deflated, relative names, an entry for each directory."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, text in files.items():
            writer.writestr(name, text)
    return archive.getvalue()


class OriginalRepository(http.server.ThreadingHTTPServer):
    """The part of the original's REST API that serves apps: `*.zip` files of a directory, looked up by the manifest's name."""

    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        server: "OriginalRepository"

        def do_GET(self) -> None:  # noqa: N802
            self.server.asked.append(self.path)
            parts = self.path.split("/")[1:]
            archive = self.server.directory / f"{parts[2]}.zip" if parts[:2] == ["api", "apps"] and len(parts) > 2 else None
            if archive is None or not archive.exists():
                self.answer(404, b'{"title": "404 Not Found"}', "application/json")
            elif parts[3:] == ["download"]:
                self.answer(200, archive.read_bytes(), "application/zip", ("content-disposition", f'attachment; filename="{archive.name}"'))
            else:
                manifest = {"name": parts[2], "version": 3, "authors": ["me", "you"]}
                self.answer(200, json.dumps({"name": parts[2], "manifest": manifest}).encode(), "application/json")

        def answer(self, status: int, body: bytes, kind: str, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (("content-type", kind), ("content-length", str(len(body))), ("access-control-allow-origin", "*"), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    def __init__(self, directory: pathlib.Path):
        super().__init__(("127.0.0.1", 0), self.Handler)
        directory.mkdir()
        self.directory = directory
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def repository(tmp_path):
    server = OriginalRepository(tmp_path / "apps-repo")
    with serving(server):
        yield server


def requests_of(directory: pathlib.Path, name: str, parameters: dict, number: int) -> list[tuple]:
    """What the original's worker would send: it executes the module once for a client, with `context` in its scope (contract 3)."""
    manifest = {"name": "counting", "version": 3, "authors": ["me", "you"]}
    context = types.SimpleNamespace(name=name, path=str((directory / name).absolute()), manifest=manifest, parameters=parameters)
    module = types.ModuleType(f"galileo.clients.{name}")
    module.context = context
    exec((directory / name / "generator.py").read_text(), module.__dict__)
    made = [module.next_request() for _ in range(number)]
    return [(method.upper(), urllib.parse.quote(path), ((kwargs or {}).get("data") or "").encode()) for method, path, kwargs in made]


def test_our_worker_loads_an_app_from_the_originals_repository(make_cluster, repository, echo, tmp_path):
    (repository.directory / "counting.zip").write_bytes(packed(FILES))
    cluster = make_cluster()
    cluster.worker("w1", env={"galileo_apps_repository": repository.url, "galileo_apps_dir": str(tmp_path / "apps")})
    parameters = {"size": "small", "list": [1, 2.5, None]}
    done = cluster.bus.listen("WorkloadDoneEvent")
    for client in cluster.bus.spawn("w1", "echo", 2, client="counting", parameters=parameters):
        echo.requests.clear()
        cluster.bus.workload(client, 10)
        wait_until(lambda: echo.count() == 10, "ten requests")
        seen = [(method, path, body) for path, _, method, body in echo.requests]
        assert seen == requests_of(tmp_path / "apps", "counting", parameters, 10), "each client has a module of its own"
    done.wait(2)
    assert repository.asked == ["/api/apps/counting", "/api/apps/counting/download"], "a downloaded app is never asked for again"
    assert {str(path.relative_to(tmp_path / "apps" / "counting")) for path in (tmp_path / "apps" / "counting").rglob("*")} == {
        name.rstrip("/") for name in FILES}
    done.close()


def test_an_app_that_the_repository_does_not_have(make_cluster, repository, tmp_path):
    cluster = make_cluster()
    cluster.worker("w1", env={"galileo_apps_repository": repository.url, "galileo_apps_dir": str(tmp_path / "apps")})
    with pytest.raises(RemoteError) as error:
        cluster.bus.spawn("w1", "echo", client="nosuch")
    assert error.value.args[1] == "No app with name nosuch found"


def test_apps_of_the_original_are_used_from_its_directory(make_cluster, repository, echo, tmp_path):
    """One galileo_apps_dir for workers of both kinds; the repository is asked only for what it lacks."""
    for name, text in FILES.items():
        path = tmp_path / "apps" / "counting" / name
        with contextlib.suppress(FileExistsError):
            (path if name.endswith("/") else path.parent).mkdir(parents=True)
        if not name.endswith("/"):
            path.write_text(text)
    cluster = make_cluster()
    cluster.worker("w1", env={"galileo_apps_repository": repository.url, "galileo_apps_dir": str(tmp_path / "apps")})
    (client,) = cluster.bus.spawn("w1", "echo", client="counting")
    cluster.bus.workload(client, 4)
    wait_until(lambda: echo.count() == 4, "the requests")
    assert [request[0] for request in echo.requests] == [path for _, path, _ in requests_of(tmp_path / "apps", "counting", {}, 4)]
    assert repository.asked == []
