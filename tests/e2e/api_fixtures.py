"""Fixtures of the tests of the REST API."""

from typing import Callable, Iterator

import pytest

from api_kit import Api
from harness import Program, RedisServer


@pytest.fixture
def server(redis_server: Callable[..., RedisServer]) -> RedisServer:
    return redis_server()


@pytest.fixture
def api(galileo: Program, server: RedisServer) -> Iterator[Api]:
    """A running API, which must be well and end well after the test."""
    running = Api(galileo, server)
    yield running
    assert running.get("/healthz").status == 200, "it is still there"
    finished = running.stop()
    assert finished.code == 0, finished.err
