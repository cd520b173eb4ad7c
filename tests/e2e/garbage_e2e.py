"""Bytes that nobody of ours wrote, on every channel, key and stream of Redis that workers and runs read."""

import json
import signal

import pytest
import redis

from harness import wait_until
from run_kit import LONG, run

DEEP = b"[" * 100_000
GARBAGE = [b"", b"\0", b"\xff\xfe\xfd", b"null", b"0", b"{}", b"[]", b'"text"', b"{", DEEP, b"x" * 1_000_000,
           b'{"id": 1, "method": 2, "args": "three", "response_channel": []}', b'{"fn": "x", "args": [[[]]], "kwargs": 5}',
           b'{"client_id": null, "num": -1, "parameter": {}}', b"1e999", b'{"a": NaN}', b"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff"]


@pytest.fixture
def worker(galileo, redis_server):
    """A server and a worker that is registered there."""
    server = redis_server()
    process = galileo.start("worker", "--name", "w1", "--threads", 1, "--redis", server.address)
    client = redis.Redis(port=server.port)
    wait_until(lambda: client.exists("galileo:lease:worker:w1"), "the worker")
    yield server, client, process
    process.kill()
    process.communicate()


def shout(client: redis.Redis) -> int:
    """Publishes all garbage on all channels that somebody listens to; returns their number."""
    channels = client.pubsub_channels()
    for channel in channels:
        for payload in GARBAGE:
            client.publish(channel, payload)
    return len(channels)


def test_worker_goes_on_whatever_is_published(galileo, target, worker):
    server, client, process = worker
    assert shout(client) > 0
    summary = run(galileo, "--url", target().url, "--rate", 100, "--duration", "1s", "--redis", server.address)
    assert summary["stored"] == 100
    process.send_signal(signal.SIGTERM)
    assert galileo.finish(process).code == 0
    assert not client.exists("galileo:lease:worker:w1")


def test_run_goes_on_whatever_comes_meanwhile(galileo, target, worker):
    server, client, process = worker
    service = target()
    running = galileo.start("run", "--url", service.url, "--rate", 200, "--duration", "3s", "--clients", 2, "--redis", server.address,
                            "--summary", "json", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 50, "the load")
    assert shout(client) > 1
    (stream,) = client.keys("galileo:traces:*")
    for payload in GARBAGE:
        client.xadd(stream, {"chunk": payload})
        client.xadd(stream, {payload or b"x": b"y"})
        client.xadd(stream, {"end": "w1", "total": payload})
    finished = galileo.finish(running, LONG)
    assert finished.code == 0, finished.err
    summary = json.loads(finished.out)
    assert summary["sent"] == summary["completed"] == summary["stored"] == 600
    process.send_signal(signal.SIGTERM)
    assert galileo.finish(process).code == 0


@pytest.mark.parametrize("payload", [b"", b"\xff", b"null", b"[1, 2]", DEEP], ids=range(5))
def test_leases_and_labels_are_taken_for_what_they_are(galileo, worker, payload):
    server, client, _ = worker
    client.set("galileo:lease:worker:ghost", payload)
    client.set("galileo:lease:run:ghost", payload)
    client.sadd("galileo:workers", "ghost", payload or b"empty")
    client.set("ghost", payload)
    finished = galileo.run("ps", "--redis", server.address, "--json", "--sample", "0")
    assert finished.code == 0, finished.err
    assert "w1" in [one["name"] for one in json.loads(finished.out)["workers"]]


@pytest.mark.parametrize("key", ["galileo:workers", "routing:services", "routing:hosts:x"])
def test_keys_of_another_kind_are_named(galileo, target, worker, key):
    server, client, _ = worker
    client.sadd("routing:services", "x")
    client.delete(key)
    client.set(key, "no such thing")
    commands = [("ps", "--sample", "0")] if key == "galileo:workers" else [("rtbl", "ls", "x") if key.endswith("x") else ("rtbl", "ls")]
    commands += [("run", "--url", target().url, "--rate", 10, "--duration", "1s")] if key == "galileo:workers" else []
    for command in commands:
        finished = galileo.run(*command, "--redis", server.address, patience=LONG)
        assert finished.code == 1, finished.out + finished.err
        assert "WRONGTYPE" in finished.err or key in finished.err, finished.err


def test_traces_that_vanish_from_redis_are_counted_as_lost(galileo, target, worker):
    server, client, _ = worker
    service = target()
    running = galileo.start("run", "--url", service.url, "--rate", 500, "--duration", "4s", "--redis", server.address,
                            "--summary", "json", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 50, "the load")
    running.send_signal(signal.SIGSTOP)  # the recorder is in this process
    wait_until(lambda: any(map(client.xlen, client.keys("galileo:traces:*"))), "traces that nobody reads")
    (stream,) = client.keys("galileo:traces:*")
    assert sum(client.xdel(stream, entry) for entry, _ in client.xrange(stream)) > 0
    running.send_signal(signal.SIGCONT)
    finished = galileo.finish(running, LONG)
    assert finished.code != 0
    summary = json.loads(finished.out)
    assert summary["lost"] > 0
    assert summary["completed"] == summary["stored"] + summary["lost"] == 2000
