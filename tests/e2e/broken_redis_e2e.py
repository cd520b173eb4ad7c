"""Commands that need Redis, when there is none, or a wrong one: a clear message, exit 1, no hang."""

import time

import pytest

from harness import Finished, Program, free_port, talker

COMMANDS = [("rtbl", "ls"), ("rtbl", "set", "s", "h:1"), ("ps",)]
LONGEST = 12.0  # seconds until the message


@pytest.fixture(params=COMMANDS, ids=" ".join)
def command(request, galileo: Program):
    def call(address: str, **env: str) -> Finished:
        begin = time.monotonic()
        finished = galileo.run(*request.param, "--redis", address, env=env, patience=30)
        assert time.monotonic() - begin < LONGEST
        assert finished.out == ""
        assert finished.err.startswith(f"galileo: {request.param[0]}: ")
        assert len(finished.err.splitlines()) == 1 or finished.code == 2
        return finished
    return call


def test_nobody_listens(command) -> None:
    address = f"127.0.0.1:{free_port()}"
    finished = command(address)
    assert finished.code == 1 and address in finished.err and "refused" in finished.err


def test_host_that_does_not_exist(command) -> None:
    finished = command("no-such-host.invalid:6379")
    assert finished.code == 1 and "no-such-host.invalid" in finished.err


@pytest.mark.parametrize("password", ["", "wrong"])
def test_password(command, redis_server, password: str) -> None:
    server = redis_server(password="sesame")
    finished = command(server.address, galileo_redis_password=password)
    assert finished.code == 1
    assert "sesame" not in finished.err and server.keys() == []


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 5000, b"$99999999999\r\n", b"*1\r\n" * 2000],
                         ids=["http", "bytes", "huge", "deep"])
def test_server_that_is_no_redis(command, reply: bytes) -> None:
    with talker(reply) as port:
        finished = command(f"127.0.0.1:{port}")
        assert finished.code == 1 and f"127.0.0.1:{port}" in finished.err


def test_server_that_says_nothing(command) -> None:
    with talker(b"") as port:
        finished = command(f"127.0.0.1:{port}")
        assert finished.code == 1 and f"127.0.0.1:{port}" in finished.err


@pytest.mark.parametrize("address", ["redis://:sesame@h:99999", "ftp://h", "h:port", "redis://h/x"])
def test_address_that_is_none(command, address: str) -> None:
    finished = command(address)
    assert finished.code == 2 and "--redis: " in finished.err and "sesame" not in finished.err


def test_embedded_redis_is_not_for_these(galileo: Program, tmp_path) -> None:
    finished = galileo.run("ps", env={"galileo_redis_host": f"file://{tmp_path}/redis"})
    assert finished.code == 2 and "file://" in finished.err and not (tmp_path / "redis").exists()
