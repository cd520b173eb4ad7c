"""Fixtures of the tests of the way of traces."""

import pytest

from traces_kit import MariadbServer, Worker


@pytest.fixture
def worker(galileo, redis_server, tmp_path):
    """Starts a worker on a private Redis: server, generator = worker(); its journal is on the test's disk."""
    started = []

    def start(*options, **env):
        server = redis_server()
        started.append(Worker(galileo, server, "--journal-dir", tmp_path, *options, **env))
        return server, started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def mariadb(tmp_path):
    server = MariadbServer(tmp_path)
    yield server
    server.stop()
