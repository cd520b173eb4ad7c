"""Fixtures of the end-to-end tests; what they start is ended with the test, and must end cleanly."""

import os
import pathlib
import shutil
from typing import Callable, Iterator

import pytest

from harness import Program, RedisServer, Target


@pytest.fixture(scope="session")
def binary() -> str:
    path = os.environ.get("GALILEO_BINARY", "")
    assert os.access(path, os.X_OK), "GALILEO_BINARY must name the built program; ctest sets it"
    return path


@pytest.fixture
def galileo(binary: str, tmp_path: pathlib.Path) -> Program:
    return Program(binary, tmp_path)


@pytest.fixture
def target(galileo: Program) -> Iterator[Callable[..., Target]]:
    """Starts sample services: target("--latency", "20ms")."""
    started: list[Target] = []

    def start(*options: object) -> Target:
        started.append(Target(galileo.start("target", *options)))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def redis_server(tmp_path: pathlib.Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts Redis servers: redis_server(password="sesame")."""
    if shutil.which("redis-server") is None:
        pytest.fail("redis-server is not installed")
    started: list[RedisServer] = []

    def start(password: str = "") -> RedisServer:
        started.append(RedisServer(tmp_path, password))
        return started[-1]

    yield start
    for one in started:
        one.stop()
