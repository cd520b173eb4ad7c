"""galileo doctor: finds what is wrong with a machine, and the way to Redis."""

import json
import os
import time

import pytest

from harness import Program, free_port, talker


def checks(galileo: Program, *arguments: object, **options) -> tuple[int, dict[str, dict]]:
    finished = galileo.run("doctor", "--json", *arguments, **options)
    report = json.loads(finished.out)
    assert report["healthy"] == (finished.code == 0)
    assert finished.code == any(check["verdict"] == "FAIL" for check in report["checks"])
    return finished.code, {check["name"]: check for check in report["checks"]}


def test_lines_for_people(galileo: Program) -> None:
    finished = galileo.run("doctor")
    lines = finished.out.splitlines()
    for name in ("open files", "outgoing ports", "accept queue", "kernel", "processors", "clock", "disk space",
                 "write access", "redis-server", "Redis", "libraries"):
        line = next(line for line in lines if line[7:].startswith(name))
        assert line[1:6].strip() in ("ok", "warn", "FAIL")
    assert lines[-1].endswith(" failures")


def test_healthy_without_a_configured_redis(galileo: Program) -> None:
    code, found = checks(galileo)
    assert code == 0, found
    assert found["Redis"]["detail"].startswith("none configured")
    assert found["redis-server"]["detail"][0].isdigit()
    assert "OpenSSL 3" in found["libraries"]["detail"]


def test_missing_redis_server_fails_with_its_fix(galileo: Program) -> None:
    code, found = checks(galileo, env={"PATH": "/nowhere"})
    assert code == 1
    assert found["redis-server"]["fix"] == "apt-get install redis-server"


def test_folder_that_cannot_be_written(galileo: Program, tmp_path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    tmp_path.chmod(0o500)
    code, found = checks(galileo)
    assert code == 1 and found["write access"]["verdict"] == "FAIL"


@pytest.mark.parametrize("way", ["flag", "host and port", "url"])
def test_redis_that_answers(galileo: Program, redis_server, way: str) -> None:
    server = redis_server(password="sesame")
    env = {"galileo_redis_password": "sesame"}
    flags = []
    if way == "flag":
        flags = ["--redis", server.address]
    elif way == "url":
        env = {"galileo_redis_url": f"redis://:sesame@{server.address}"}
    else:
        env |= {"galileo_redis_host": "127.0.0.1", "galileo_redis_port": str(server.port)}
    code, found = checks(galileo, *flags, env=env)
    assert code == 0
    assert "answers, version " in found["Redis"]["detail"]
    assert "sesame" not in json.dumps(found)
    assert server.keys() == []


@pytest.mark.parametrize("password", ["", "wrong"])
def test_redis_that_refuses_us(galileo: Program, redis_server, password: str) -> None:
    server = redis_server(password="sesame")
    code, found = checks(galileo, "--redis", server.address, env={"galileo_redis_password": password})
    assert code == 1
    assert "galileo_redis_password" in found["Redis"]["fix"]


def test_redis_that_is_not_there(galileo: Program) -> None:
    address = f"127.0.0.1:{free_port()}"
    code, found = checks(galileo, "--redis", address)
    assert code == 1
    assert address in found["Redis"]["detail"] and "start it" in found["Redis"]["fix"]


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 4096, b""], ids=["text", "zeros", "silence"])
def test_redis_that_is_none(galileo: Program, reply: bytes) -> None:
    with talker(reply) as port:
        begin = time.monotonic()
        code, found = checks(galileo, "--redis", f"127.0.0.1:{port}")
        assert time.monotonic() - begin < 15
    assert code == 1
    assert found["Redis"]["verdict"] == "FAIL" and str(port) in found["Redis"]["detail"]


def test_wrong_address_is_wrong_use(galileo: Program) -> None:
    finished = galileo.run("doctor", "--redis", "redis://:sesame@h:99999")
    assert finished.code == 2
    assert "--redis: " in finished.err and "sesame" not in finished.err
