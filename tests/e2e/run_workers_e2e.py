"""`galileo run` over workers that are registered in a Redis of the user's."""

import json
import signal

import pytest
import redis

from harness import wait_until
from run_kit import LONG, rows, run


class Worker:
    """A running `galileo worker`."""

    def __init__(self, galileo, server, name: str, zone: str):
        self.process = galileo.start("worker", "--name", name, "--threads", 1, "--redis", server.address, env={"galileo_zone": zone})
        client = redis.Redis(port=server.port, password=server.password or None)
        wait_until(lambda: client.exists(f"galileo:lease:worker:{name}"), f"worker {name}")


@pytest.fixture
def two_workers(galileo, redis_server):
    server = redis_server()
    workers = [Worker(galileo, server, "w1", "A"), Worker(galileo, server, "w2", "B")]
    yield server, workers
    for worker in workers:
        worker.process.kill()
        worker.process.communicate()


def test_run_over_registered_workers_leaves_only_the_routing_table(galileo, target, two_workers, tmp_path):
    server, workers = two_workers
    summary = run(galileo, "--url", target().url, "--rate", 300, "--duration", "2s", "--clients", 4, "--redis", server.address, "--db", "db.sqlite")
    assert summary["stored"] == 600
    assert rows(tmp_path / "db.sqlite", "SELECT count(DISTINCT client) FROM traces") == [(4,)]
    client = redis.Redis(port=server.port)
    wait_until(lambda: not client.keys("galileo:client:*") and not client.keys("galileo:traces:*"), "the clients to be closed")
    for worker, number in zip(workers, (signal.SIGTERM, signal.SIGINT)):
        worker.process.send_signal(number)
        assert galileo.finish(worker.process).code == 0
    left = {key.decode() for key in client.keys("*")}
    assert all(key.startswith("routing:") for key in left), left


def test_ps_shows_the_run_that_goes_on(galileo, target, two_workers):
    server, _ = two_workers
    service = target()
    process = galileo.start("run", "--name", "peak", "--url", service.url, "--rate", 100, "--duration", "10s", "--clients", 4, "--redis", server.address,
                            "--db", "db.sqlite", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 50, "the load")
    shown = json.loads(galileo.run("ps", "--redis", server.address, "--json").out)
    (run_shown,) = shown["runs"]
    assert (run_shown["name"], run_shown["workers"]) == ("peak", 2)
    assert 0 <= run_shown["age_s"] < LONG and run_shown["rate"] > 0 and run_shown["p99_us"] > 0
    assert [worker["clients"] for worker in shown["workers"]] == [2, 2]
    assert galileo.finish(process, LONG).code == 0
    assert json.loads(galileo.run("ps", "--redis", server.address, "--json", "--sample", "0").out)["runs"] == []


def test_worker_that_dies_makes_the_result_untrusted(galileo, target, two_workers):
    server, workers = two_workers
    service = target()
    process = galileo.start("run", "--url", service.url, "--rate", 100, "--duration", "16s", "--clients", 4, "--redis", server.address, "--db", "db.sqlite",
                            "--summary", "json", "--progress", "plain")
    wait_until(lambda: service.stats()["requests"] > 50, "the load")
    workers[0].process.kill()
    finished = galileo.finish(process, LONG)
    assert finished.code == 110, finished.err
    summary = json.loads(finished.out)
    assert summary["completed"] == summary["stored"] + summary["lost"]
    assert "worker w1 was lost" in json.dumps(summary)
