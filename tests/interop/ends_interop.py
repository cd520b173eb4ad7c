"""How things end: the original's daemon around our worker (contract 11.15), SIGTERM in the middle of load (11.24)."""

import time
import uuid

import pytest
from harness import wait_until

from pymq_client import Listener


def test_the_originals_daemon_leaves_no_client_of_ours_behind(make_cluster, echo):
    """The captured sequence of contract 4.3, as an independent client sends it."""
    cluster = make_cluster()
    cluster.worker("w1", env={"galileo_trace_logging": "redis"})
    lines = Listener(cluster.redis, "galileo/results/traces")
    bus = cluster.bus
    assert bus.publish("StartTracingCommand") == 1
    clients = bus.spawn("w1", "echo", 2)
    for tick in (20, 0):
        for client in clients:
            if tick:
                bus.workload(client, None, "constant", [1 / tick])
            else:
                bus.publish("StopWorkloadCommand", client)
        time.sleep(1)
    for client in reversed(clients):
        bus.publish("StopWorkloadCommand", client)
        bus.publish("CloseClientCommand", client)
    wait_until(lambda: cluster.redis.smembers("galileo:worker:w1:clients") == set(), "the end of the clients")
    assert bus.publish("PauseTracingCommand") == 1
    count = echo.settled()
    assert count > 20  # two clients at 20/s for a second, on however slow a machine
    assert len(lines.wait(count)) == count
    assert cluster.redis.keys("galileo:client:*") == []


def test_the_originals_stock_daemon_never_closes_but_its_clients_do_nothing(make_cluster, echo):
    """It fails right after the spawn: tracing on, clients made, tracing off. They idle until the worker ends."""
    cluster = make_cluster()
    cluster.worker("w1")
    cluster.bus.publish("StartTracingCommand")
    assert len(cluster.bus.spawn("w1", "echo", 4)) == 4
    cluster.bus.publish("PauseTracingCommand")
    assert echo.settled(0.5) == 0
    assert cluster.end("w1") == 0
    assert cluster.redis.keys("galileo:client:*") == []


@pytest.mark.parametrize("kind", ["redis", "file"])
def test_sigterm_under_load_flushes_every_trace(make_cluster, echo, kind):
    cluster = make_cluster()
    name = f"ends-{uuid.uuid4().hex[:12]}"  # CSV files of all workers meet in one folder
    cluster.worker(name, env={"galileo_trace_logging": kind, "galileo_expdb_trace_logger_flush": "1000"})
    lines = Listener(cluster.redis, "galileo/results/traces")
    for client in cluster.bus.spawn(name, "echo", 3):
        cluster.bus.workload(client, None, "constant", [0.01])
    wait_until(lambda: echo.count() > 60, "some requests")
    began = time.monotonic()
    assert cluster.end(name) == 0
    assert time.monotonic() - began < 10
    count = echo.settled()
    if kind == "redis":
        assert len(lines.wait(count)) >= count  # one that was cut off in flight is a trace too
    else:
        with open(f"/tmp/mc2/exp/traces-{name}.csv", encoding="utf-8") as file:
            assert sum(1 for line in file if f"{name}:echo:" in line) >= count
    assert cluster.redis.keys("galileo:*") == [] and not cluster.redis.exists(name)
