"""A worker, a service and the shell, for transcripts."""

import os
import pathlib
import sys
from typing import Callable, Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

from fixtures import binary, galileo, redis_server, target  # noqa: E402,F401
from harness import Program, RedisServer, Target, wait_until  # noqa: E402


class Stage:
    """One Redis, one service and some workers, and how to reach them."""

    def __init__(self, program: Program, server: RedisServer, service: Target):
        self.program = program
        self.server = server
        self.service = service
        self.directory = program.directory
        self.environment = {"galileo_redis_host": "127.0.0.1", "galileo_redis_port": str(server.port), "TERM": "dumb",
                            "HOME": str(program.directory), "PYTHONWARNINGS": "error"}
        self.workers: dict[str, object] = {}

    def start_worker(self, name: str, **environment: str):
        """Starts a worker and returns its process once it is registered."""
        process = self.program.start("worker", env={**self.environment, "galileo_worker_name": name, **environment})
        self.workers[name] = process
        wait_until(lambda: self.server.client.sismember("galileo:workers", name), f"worker {name}")
        return process

    def stop_workers(self) -> None:
        for process in self.workers.values():
            process.terminate()
        for process in self.workers.values():
            Program.finish(process)
        self.workers.clear()

    def python(self) -> dict[str, str]:
        """The environment for a plain python3 that imports the package of the build tree, and for the shell. Output is not
        buffered, so that it keeps its place among errors."""
        package = pathlib.Path(self.program.path).resolve().parent.parent.parent / "python"
        return {**os.environ, **self.environment, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(package)}


@pytest.fixture
def stage(galileo: Program, redis_server: Callable[..., RedisServer],  # noqa: F811
          target: Callable[..., Target]) -> Iterator[Stage]:  # noqa: F811
    stage = Stage(galileo, redis_server(), target())
    yield stage
    stage.stop_workers()


@pytest.fixture
def ready(stage: Stage) -> Stage:
    """A stage with the worker w1, whose zone is A."""
    stage.start_worker("w1", galileo_zone="A")
    return stage
