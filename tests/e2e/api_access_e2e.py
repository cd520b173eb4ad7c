"""Who may do what with the REST API: addresses, tokens and roles, Host and Origin; and how it starts and ends."""

import pathlib
import signal
import socket
from typing import Callable, Iterator

import pytest

from api_kit import Api, app, experiment
from harness import Program, RedisServer

VIEWER, OPERATOR, ADMIN = "viewer-0123456789", "operator-0123456789", "admin-0123456789"


@pytest.fixture
def server(redis_server: Callable[..., RedisServer]) -> RedisServer:
    return redis_server()


@pytest.fixture
def tokens(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "tokens"
    path.write_text(f"# ours\nviewer {VIEWER}\noperator {OPERATOR}\n{ADMIN}\n")
    return path


@pytest.fixture
def start(galileo: Program, server: RedisServer) -> Iterator[Callable[..., Api]]:
    started: list[Api] = []

    def one(*flags: object, **env: str) -> Api:
        started.append(Api(galileo, server, *flags, env=env))
        return started[-1]

    yield one
    for api in started:
        assert api.stop().code == 0


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_other_addresses_need_a_token_or_a_word(galileo: Program, server: RedisServer, tokens: pathlib.Path) -> None:
    env = {"galileo_redis_url": f"redis://{server.address}"}
    for bind in ("0.0.0.0:0", "[::]:0", ":0"):
        refused = galileo.run("api", "--bind", bind, env=env)
        assert refused.code == 2 and "give --token-file, or --insecure" in refused.err, refused
        assert refused.out == ""
    assert galileo.run("api", env={**env, "galileo_api_bind_addr": "0.0.0.0:5001"}).code == 2
    for flags in (("--insecure",), ("--token-file", str(tokens))):
        process = galileo.start("api", "--bind", "0.0.0.0:0", *flags, env=env)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on http://0.0.0.0:")
        process.terminate()
        finished = Program.finish(process)
        assert finished.code == 0
        assert ("WARNING: 0.0.0.0:0 is open to everybody" in finished.err) == (flags == ("--insecure",))


def test_roles(start: Callable[..., Api], server: RedisServer, tokens: pathlib.Path) -> None:
    server.client.sadd("galileo:workers", "w1")
    api = start("--token-file", tokens)
    assert api.get("/healthz").status == 200
    for path in ("/api", "/api/worker", "/api/experiments", "/api/apps/x/download"):
        answer = api.get(path)
        assert answer.status == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert api.get(path, **bearer("wrong-token-0123456")).status == 401
        assert api.get(path, **bearer(VIEWER)).status in (200, 404)
        assert api.call("OPTIONS", path, Access_Control_Request_Method="GET").status == 200, "preflights carry no token"
    statuses = {token: (api.post("/api/experiments", experiment(), **bearer(token)).status,
                        api.call("DELETE", "/api/experiments/x", **bearer(token)).status,
                        api.call("POST", "/api/apps", app("x"), **bearer(token)).status,
                        api.call("DELETE", "/api/apps/x", **bearer(token)).status) for token in (VIEWER, OPERATOR, ADMIN)}
    assert statuses == {VIEWER: (403, 403, 403, 403), OPERATOR: (200, 404, 403, 403), ADMIN: (200, 404, 201, 200)}
    finished = api.stop()
    for token in (VIEWER, OPERATOR, ADMIN):
        assert token not in finished.out + finished.err


def test_reading_may_be_open(start: Callable[..., Api], tokens: pathlib.Path) -> None:
    api = start("--open-reads", galileo_api_token_file=str(tokens))
    assert api.get("/api/worker").status == 200
    assert api.call("POST", "/api/apps", app("x")).status == 401
    assert api.call("POST", "/api/apps", app("x"), **bearer(ADMIN)).status == 201


def test_hosts_of_others(start: Callable[..., Api]) -> None:
    """A page whose name was made to lead to 127.0.0.1 (DNS rebinding) sends its own Host."""
    api = start("--allow-host", "galileo.lan")
    for host in ("localhost", f"localhost:{api.port}", "127.0.0.1:1", "[::1]:5001", "galileo.lan"):
        assert api.get("/api", Host=host).status == 200, host
    for host in ("evil.example", "evil.example:5001", "localhost.evil.example", "127.0.0.1.evil.example"):
        for method in ("GET", "POST", "OPTIONS"):
            assert api.call(method, "/api/apps", Host=host).status == 403, host


def test_pages_of_others(start: Callable[..., Api], server: RedisServer) -> None:
    """They may read, as with the original; to write, a page must be of this machine or be named."""
    server.client.sadd("galileo:workers", "w1")
    api = start("--cors-origin", "https://dash.example")
    assert api.get("/api/experiments", Origin="https://evil.example").status == 200
    for origin in ("https://evil.example", "null", "https://localhost.evil.example"):
        assert api.post("/api/experiments", experiment(), Origin=origin).status == 403
        assert api.call("POST", "/api/apps", app("x"), Origin=origin).status == 403
        assert api.call("DELETE", "/api/apps/x", Origin=origin).status == 403
    for origin in ("http://localhost:4200", "https://dash.example", f"http://127.0.0.1:{api.port}"):
        assert api.post("/api/experiments", experiment(), Origin=origin).status == 200


def test_what_it_cannot_start_with(galileo: Program, server: RedisServer, tmp_path: pathlib.Path) -> None:
    env = {"galileo_redis_url": f"redis://{server.address}"}
    (tmp_path / "short").write_text("sesame\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for flags, code, message in (
                (("--bind", f"127.0.0.1:{port}"), 1, "in use"), (("--bind", "5001"), 2, "is not HOST:PORT"),
                (("--bind", "nosuch:5001", "--insecure"), 2, "not an IPv4 or IPv6 address"),
                (("--bind", "127.0.0.1:0", "--token-file", "nosuch"), 1, "--token-file"),
                (("--bind", "127.0.0.1:0", "--token-file", "short"), 2, "a token of 6 characters")):
            finished = galileo.run("api", *flags, env=env)
            assert finished.code == code and message in finished.err, finished
            assert "sesame" not in finished.err
    finished = galileo.run("api", "--bind", "127.0.0.1:0", env={"galileo_redis_url": "redis://127.0.0.1:1"})
    assert finished.code == 1 and "Could not initiate Redis connection" in finished.err
    finished = galileo.run("api", "--bind", "127.0.0.1:0", env={**env, "galileo_expdb_sqlite_path": "/nosuch/db.sqlite"})
    assert finished.code == 1 and "/nosuch/db.sqlite" in finished.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_well(start: Callable[..., Api], number: signal.Signals) -> None:
    api = start()
    with socket.create_connection(("127.0.0.1", api.port)):
        finished = api.stop(number)
    assert (finished.code, finished.err) == (0, "")
