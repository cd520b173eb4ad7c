"""galileo ps: what it shows of a cluster. Workers and runs are played by this test, key by key."""

import json
import time

import pytest

from harness import Program, RedisServer


@pytest.fixture
def server(redis_server) -> RedisServer:
    return redis_server()


def register(server: RedisServer, name: str, **labels: str) -> None:
    server.client.sadd("galileo:workers", name)
    server.client.hset(name, mapping=labels)


def give_lease(server: RedisServer, name: str) -> None:
    lease = {"version": "0.1.0", "host": "h", "pid": 1, "started": time.time() - 308, "loops": 2}
    server.client.set(f"galileo:lease:worker:{name}", json.dumps(lease), px=8600)


def test_nothing(galileo: Program, server: RedisServer) -> None:
    finished = galileo.run("ps", "--redis", server.address)
    assert finished.code == 0
    assert "no worker is registered" in finished.out and "no run is going on" in finished.out
    assert server.keys() == []


def test_workers_and_runs(galileo: Program, server: RedisServer) -> None:
    register(server, "w1", galileo_zone="A", galileo_redis_password="sesame")
    register(server, "old", galileo_zone="B")
    give_lease(server, "w1")
    server.client.sadd("galileo:worker:w1:clients", "w1:echo:0", "w1:echo:1")
    run = {"name": "peak", "host": "h", "pid": 1, "started": time.time() - 75, "workers": 1}
    server.client.set("galileo:lease:run:202611240230-9f3a", json.dumps(run), ex=60)
    report = json.loads(galileo.run("ps", "--redis", server.address, "--json", "--sample", "0").out)
    old, w1 = report["workers"]
    assert (old["name"], old["alive"], old["labels"], old["clients"]) == ("old", False, {"galileo_zone": "B"}, 0)
    assert (w1["alive"], w1["labels"], w1["clients"], w1["loops"]) == (True, {"galileo_zone": "A"}, 2, 2)
    assert 1400 <= w1["lease_age_ms"] <= 10_000 and 300 < w1["up_s"] < 400
    assert [(run["id"], run["name"], run["workers"]) for run in report["runs"]] == [("202611240230-9f3a", "peak", 1)]
    text = galileo.run("ps", "--redis", server.address, "--sample", "100ms").out
    assert " w1      alive" in text and " old     no lease" in text and "peak" in text
    assert "sesame" not in text


def test_garbage_in_redis(galileo: Program, server: RedisServer) -> None:
    server.client.sadd("galileo:workers", "w1", "w2", "w3", b"\x00\n\xff\x1b[31m")
    server.client.sadd("galileo:workers", "w4")
    server.client.hset("w4", mapping={"galileo_zone": "\x1b[31mA"})
    server.client.set("w1", "not a hash")
    server.client.set("galileo:lease:worker:w1", "junk")
    server.client.rpush("galileo:lease:worker:w2", "junk")
    server.client.set("galileo:worker:w3:clients", "not a set")
    server.client.set("galileo:lease:run:r1", "junk")
    server.client.rpush("galileo:lease:run:r2", "junk")
    finished = galileo.run("ps", "--redis", server.address, "--json")
    assert finished.code == 0, finished
    workers = {worker["name"]: worker for worker in json.loads(finished.out)["workers"]}
    assert {"w1", "w2", "w3"} <= set(workers)
    assert not workers["w1"]["alive"] and workers["w3"]["clients"] is None
    text = galileo.run("ps", "--redis", server.address)
    assert text.code == 0 and "[31mA" in text.out and "\x1b" not in text.out
