"""galileo rtbl against a real Redis: what it prints, what it writes (contract 7), what it tells."""

import json
import pathlib

import pytest

from harness import Finished, Program, RedisServer

TABLE = pathlib.Path(__file__).with_name("golden") / "rtbl.txt"


@pytest.fixture
def server(redis_server) -> RedisServer:
    return redis_server()


@pytest.fixture
def rtbl(galileo: Program, server: RedisServer):
    def call(*arguments: object) -> Finished:
        return galileo.run("rtbl", *arguments, "--redis", server.address)
    return call


def good(finished: Finished) -> str:
    assert finished.code == 0 and finished.err == "", finished
    return finished.out


def test_table_is_the_originals(rtbl) -> None:
    good(rtbl("set", "echo", "127.0.0.1:8099=1", "localhost:8099=2"))
    good(rtbl("set", "a-service-with-a-rather-long-name", "node-a.example.org:8080=10"))
    assert good(rtbl("ls")) == TABLE.read_text()
    assert good(rtbl("show")) == TABLE.read_text()


def test_set_writes_what_the_original_writes(rtbl, server: RedisServer) -> None:
    out = good(rtbl("set", "checkout", "node-a:8080=3", "node-b:8080=2"))
    assert out.splitlines()[:2] == [" checkout   node-a:8080  3   60.0 %", "            node-b:8080  2   40.0 %"]
    assert server.keys() == ["routing:hosts:checkout", "routing:services", "routing:weights:checkout"]
    assert server.client.smembers("routing:services") == {"checkout"}
    assert server.client.lrange("routing:hosts:checkout", 0, -1) == ["node-a:8080", "node-b:8080"]
    assert server.client.lrange("routing:weights:checkout", 0, -1) == ["3", "2"]


def test_listeners_are_told_and_counted(rtbl, server: RedisServer) -> None:
    assert "told 0 listeners in " in good(rtbl("set", "s", "h:1"))
    with server.client.pubsub() as listener:
        listener.subscribe("routing:updates")
        listener.get_message(timeout=5)
        assert "told 1 listener in " in good(rtbl("set", "s", "h:1=2"))
        assert listener.get_message(timeout=5)["data"] == "s"
        good(rtbl("remove", "s"))
        assert listener.get_message(timeout=5)["data"] == "s"


def test_append_weights_remove_and_clear(rtbl, server: RedisServer) -> None:
    good(rtbl("append", "s", "a:1"))
    good(rtbl("append", "s", "b:1=3", "c:1=2"))
    assert server.client.lrange("routing:weights:s", 0, -1) == ["1", "3", "2"]
    out = good(rtbl("weights", "s", "2", "2", "4"))
    assert "25.0 %" in out and "50.0 %" in out
    good(rtbl("set", "t", "a:1"))
    good(rtbl("remove", "s"))
    assert "| t " in good(rtbl("ls")) and "| s " not in good(rtbl("ls"))
    good(rtbl("clear"))
    assert server.keys() == []


def test_drained_host_gets_its_weight_back(rtbl, server: RedisServer) -> None:
    good(rtbl("set", "s", "a:1=3", "b:1=2"))
    with server.client.pubsub() as listener:
        listener.subscribe("routing:updates")
        listener.get_message(timeout=5)
        out = good(rtbl("drain", "s", "a:1"))
        assert listener.get_message(timeout=5)["data"] == "s"
    assert out.splitlines()[:2] == [" s   a:1  0    0.0 %", "     b:1  2  100.0 %"]
    assert server.client.lrange("routing:weights:s", 0, -1) == ["0", "2"]
    assert server.client.hgetall("galileo:routing:drained:s") == {"a:1": "3"}
    finished = rtbl("drain", "s", "b:1")
    assert finished.code == 0 and "no host of 's' gets requests" in finished.err
    assert "60.0 %" in good(rtbl("undrain", "s", "a:1", "b:1"))
    assert server.client.lrange("routing:weights:s", 0, -1) == ["3", "2"]
    assert server.keys() == ["routing:hosts:s", "routing:services", "routing:weights:s"]
    assert "host 'a:1' of service 's' is not drained" in rtbl("undrain", "s", "a:1").err
    assert "service 's' has no host 'c:1'" in rtbl("drain", "s", "c:1").err


def test_host_that_is_appended_twice_is_warned_of(rtbl) -> None:
    good(rtbl("set", "s", "a:1"))
    finished = rtbl("append", "s", "a:1=2")
    assert finished.code == 0 and "a:1 stands more than once in 's'" in finished.err


def test_json(rtbl) -> None:
    report = json.loads(good(rtbl("set", "s", "a:1=1", "b:1=3", "--json")))
    hosts = [{"host": "a:1", "weight": 1.0, "share": 0.25}, {"host": "b:1", "weight": 3.0, "share": 0.75}]
    assert report["services"] == [{"service": "s", "hosts": hosts}]
    assert report["listeners"] == 0 and report["took_us"] > 0
    assert json.loads(good(rtbl("ls", "s", "--json"))) == {"services": [{"service": "s", "hosts": hosts}]}
    good(rtbl("clear"))
    assert json.loads(good(rtbl("ls", "--json"))) == {"services": []}


def test_weights_that_are_cut_are_warned_of(rtbl) -> None:
    finished = rtbl("set", "s", "a:1=0.5", "b:1=2.9")
    assert finished.code == 0
    assert finished.err == "galileo: rtbl: warning: weights are cut to whole numbers: 0.5 of a:1 counts as 0\n"
    assert "no host of 's' gets requests" in rtbl("set", "s", "a:1=0").err


@pytest.mark.parametrize("arguments, message", [
    (["ls", "nosuch"], "there is no service 'nosuch'"),
    (["remove", "s", "nosuch"], "there is no service 'nosuch'"),
    (["weights", "nosuch", "1"], "nosuch"),
])
def test_service_that_is_not_there(rtbl, server: RedisServer, arguments: list[str], message: str) -> None:
    good(rtbl("set", "s", "a:1"))
    before = server.keys()
    finished = rtbl(*arguments)
    assert finished.code == 1 and finished.out == ""
    assert finished.err.startswith("galileo: rtbl: ") and message in finished.err
    assert server.keys() == before


@pytest.mark.parametrize("arguments, message", [
    ([], "an action is required: ls, set, append"),
    (["sett", "s", "a"], "action 'sett' is not one of ls, set, append, weights, drain, undrain, remove, clear; did you mean 'set'?"),
    (["set"], "SERVICE"),
    (["set", "s"], "HOST"),
    (["set", "s", "a:1=heavy"], "'heavy' is not a weight"),
    (["set", "s", "=1"], "'=1' names no host"),
    (["set", "s", "a host:1=1"], "a host:1"),
    (["set", "s p", "a:1"], "s p"),
    (["weights", "s", "x"], "'x' is not a weight"),
    (["weights", "s", "1", "2"], "weights"),
    (["ls", "s", "t"], "unexpected argument 't'"),
    (["set", "s", "a:1", "--jsn"], "unknown flag '--jsn'; did you mean '--json'?"),
])
def test_wrong_use(rtbl, server: RedisServer, arguments: list[str], message: str) -> None:
    good(rtbl("set", "s", "a:1"))
    finished = rtbl(*arguments)
    assert finished.code == 2 and finished.out == ""
    assert message in finished.err
    assert server.client.lrange("routing:hosts:s", 0, -1) == ["a:1"]


def test_garbage_in_redis(rtbl, server: RedisServer) -> None:
    good(rtbl("set", "good", "a:1"))
    server.client.sadd("routing:services", "bad", "odd")
    server.client.rpush("routing:hosts:bad", "a:1")
    server.client.rpush("routing:weights:bad", "heavy")
    server.client.set("routing:hosts:odd", "a text")
    finished = rtbl("ls")
    assert finished.code == 0 and "| good " in finished.out and "| bad " not in finished.out
    assert "bad" in finished.err and "odd" in finished.err
    assert rtbl("ls", "bad").code == 1
    assert rtbl("remove", "bad", "odd").code == 0
    assert server.client.smembers("routing:services") == {"good"}
