"""Every message a worker reads, in every form that the original reads and in some that it does not."""

import json

import pytest
from harness import wait_until

from pymq_client import API, FIELDS, PREFIX, RemoteError, channel_of, encode, encode_object


def forms(event: str, *fields) -> dict[str, object]:
    """The same message in all the forms of contract 1.4."""
    named = dict(zip(FIELDS[event], fields))
    return {
        "list": encode(event, *fields),
        "object": encode_object(event, *fields),
        "list without type": {"__obj": list(fields)},
        "object without type": {"__obj": named},
        "bare list": list(fields),
        "bare object": named,
        "another type": {"__obj": list(fields), "__type": "some.module.Other"},
        "more elements": {"__obj": [*fields, "extra", 5, None], "__type": API + event},
        "unknown keys": {"__obj": {**named, "unknown": [1]}, "__type": API + event},
    }


FORMS = list(forms("StopWorkloadCommand", "x"))


@pytest.mark.parametrize("form", FORMS)
def test_workload_close_and_stop_in_every_form(cluster, echo, form):
    bus = cluster.bus
    (one,) = bus.spawn("w1", "echo", parameters={"path": "/one"})
    done = bus.listen("WorkloadDoneEvent")
    assert bus.publish_raw("SetWorkloadCommand", forms("SetWorkloadCommand", one, 3, "constant", [0.001])[form]) == 1
    assert done.wait(1) == [encode("WorkloadDoneEvent", one)]
    assert echo.settled(0.05) == 3
    bus.workload(one, None, "constant", [0.002])
    wait_until(lambda: echo.count() > 8, "the load")
    bus.publish_raw("StopWorkloadCommand", forms("StopWorkloadCommand", one)[form])
    stopped = echo.settled(0.1)
    bus.publish_raw("CloseClientCommand", forms("CloseClientCommand", one)[form])
    wait_until(lambda: not cluster.redis.exists(f"galileo:client:{one}"), "the end of the client")
    assert echo.count() == stopped and len(done.wait(1)) == 1
    done.close()


WORKLOADS = [
    ({"client_id": None, "num": "3", "parameters": [0.001]}, 3),  # text for a number
    ({"client_id": None, "num": 2.7, "distribution": "constant", "parameters": [0.001]}, 2),
    ({"client_id": None, "num": True, "distribution": None, "parameters": [0.001]}, 1),
    ({"client_id": None, "num": 3}, 3),  # defaults: constant, no wait
    ([None, 3], 3),  # short lists of older controllers
    ([None, 3, "constant"], 3),
    ([None, "4", "constant", [0.001, 5, 6]], None),  # too many parameters: refused
    ([None, 3, "nosuch", [1]], None),
    ([None, 3, "uniform", ["a", "b"]], None),
    ([None, 3, "uniform", [None, 1]], None),
    ([None, 3, "uniform", {"a": 1}], None),
    ([None, -3, "constant", [0.001]], None),
    ([None, [], "constant", [0.001]], None),
    ([None, 3, ["constant"], [0.001]], None),
]


@pytest.mark.parametrize("message, sent", WORKLOADS, ids=range(len(WORKLOADS)))
def test_workloads_with_values_of_other_types(cluster, echo, message, sent):
    (one,) = cluster.bus.spawn("w1", "echo")
    message = {**message, "client_id": one} if isinstance(message, dict) else [one, *message[1:]]
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.publish_raw("SetWorkloadCommand", {"__obj": message, "__type": API + "SetWorkloadCommand"})
    if sent is not None:
        done.wait(1)
        assert echo.settled(0.05) == sent
    cluster.bus.workload(one, 1, "constant", [0.001])  # whatever came before, the client goes on
    done.wait(1 if sent is None else 2)
    assert echo.settled(0.05) == (sent or 0) + 1
    done.close()


CREATIONS = [
    (["w1", ["echo", None, None, None], 2], 2),
    (["w1", ["echo", None, None], 2], 2),  # ClientConfig before 0.10 has three fields
    (["w1", ["echo"], 2], 2),
    (["w1", {"service": "echo"}, 2], 2),
    ({"host": "w1", "config": {"service": "echo", "client": None}, "num": 2}, 2),
    ({"host": "w1", "config": ["echo", None, None, None]}, 1),  # num has a default
    ({"host": "w1", "config": {"__obj": ["echo", None, None, None], "__type": API + "ClientConfig"}, "num": 2}, 2),
    ({"__obj": ["w1", ["echo", None, None, None], 2], "__type": API + "CreateClientCommand"}, 2),
    ({"host": "w1", "config": {"service": "echo", "unknown": 5}, "num": 2, "unknown": []}, 2),
    (["w1", ["echo", None, None, None, "extra"], 2, "extra"], 2),
    (["w1", ["echo", "", {}, {}], "2"], 2),
    (["w1", [5, None, None, None], 1], 1),  # any scalar is text
    (["w1", ["echo", None, None, None], 0], 0),
    (["w1", ["echo", None, None, None], None], 0),
    (["w1", ["echo", None, None, None]], 1),
    (["another", ["echo", None, None, None], 2], 0),
    (["w1"], None), ([], None), ([None, None, None], None), (["w1", None, 1], None), (["w1", [], 1], None),
    (["w1", "echo", 1], None), ("text", None), (5, None), (None, None), (["w1", ["echo", None, [1], None], 1], None),
    (["w1", ["echo", None, {"method": 5, "kwargs": "x"}, None], 1], None), (["w1", ["a,b", None, None, None], 1], None),
    (["w1", ["echo", None, None, None], -1], None), (["w1", ["echo", None, None, None], 10 ** 30], None),
    (["w1", ["", None, None, None], 1], None), (["w1", ["echo", "noapp", None, None], 1], None),
]


@pytest.mark.parametrize("form", ["list", "object"])
def test_creation_in_every_form(cluster, form):
    bus, expected = cluster.bus, 0
    for command, count in CREATIONS:
        function = "WorkerDaemon.create_client:w1"
        fields = {"fn": function, "response_channel": "__rpc_mine", "args": [command], "kwargs": {}}
        request = {"__obj": fields if form == "object" else list(fields.values()), "__type": "pymq.core.RpcRequest"}
        assert cluster.redis.publish(PREFIX + function, json.dumps(request)) == 1
        result = bus.answer(PREFIX + "__rpc_mine")
        if count is None:
            assert isinstance(result, RemoteError) and result.args[1], command
        else:
            assert isinstance(result, list) and len(result) == count, (command, result)
            expected += count
    assert len(bus.infos()) == expected == cluster.redis.scard("galileo:worker:w1:clients")


@pytest.mark.parametrize("form", FORMS)
def test_commands_without_fields_in_every_form(cluster, form):
    registered = cluster.bus.listen("RegisterWorkerEvent")
    cluster.redis.delete("galileo:workers")
    cluster.bus.publish_raw("RegisterWorkerCommand", forms("RegisterWorkerCommand")[form])
    assert registered.wait(1) == [encode("RegisterWorkerEvent", "w1")]
    assert cluster.redis.smembers("galileo:workers") == {"w1"}
    for event in ("PauseTracingCommand", "StartTracingCommand"):
        assert cluster.bus.publish_raw(event, forms(event)[form]) == 1
    assert cluster.alive()
    registered.close()


def test_creation_as_an_event_creates_nothing(cluster):
    """The original only logs it (contract 1.6)."""
    for payload in forms("CreateClientCommand", "w1", ["echo", None, None, None], 2).values():
        assert cluster.bus.publish_raw("CreateClientCommand", payload) == 1
    assert cluster.alive()
    assert cluster.bus.infos() == [] and cluster.redis.keys("galileo:client:*") == []


BIG = "x" * 1_000_000
GARBAGE = ["", "null", "0", "{}", "[]", '"text"', "{", "[[[", "[" * 100_000, BIG, json.dumps([BIG] * 4), json.dumps({"__obj": BIG}),
           json.dumps({"__obj": [BIG, BIG], "__type": BIG}), '{"__obj": [NaN, Infinity, -Infinity]}', "1e999", "\0", b"\xff\xfe",
           '{"__obj": {"client_id": {"a": 1}}}', '{"__obj": null, "__type": null}', '{"__type": "pymq.core.RpcRequest"}',
           '{"__obj": ["x"], "__type": "pymq.core.RpcRequest"}', '{"__obj": [1, 2, 3, 4], "__type": "pymq.core.RpcRequest"}',
           '{"__obj": ["f", "r", null, {}], "__type": "pymq.core.RpcRequest"}',
           '{"__obj": ["f", "r", {"a": 1}, {}], "__type": "pymq.core.RpcRequest"}',
           '{"__obj": ["f", "r", [[[[]]], {}], null], "__type": "pymq.core.RpcRequest"}']


def test_garbage_on_every_channel(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo")
    process = cluster.workers["w1"].pid
    channels = cluster.redis.pubsub_channels()
    assert channel_of("SetWorkloadCommand") in channels and PREFIX + "WorkerDaemon.ping" in channels
    for channel in [*channels, PREFIX + "Client.get_info", "routing:updates"]:
        for payload in GARBAGE:
            cluster.redis.publish(channel, payload)
        assert cluster.alive(), channel  # and no more than this waits in Redis, which drops subscribers that fall behind
    assert cluster.workers["w1"].pid == process and len(cluster.bus.infos()) == 1
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 3, "constant", [0.001])
    done.wait(1)
    assert echo.settled(0.05) == 3
    done.close()


def test_requests_without_type_never_crash(cluster):
    cluster.bus.spawn("w1", "echo")
    for function in ("WorkerDaemon.ping", "WorkerDaemon.create_client:w1", "Client.get_info"):
        fields = {"fn": function, "response_channel": "__rpc_untyped", "args": [], "kwargs": {}}
        for request in (list(fields.values()), fields, {"__obj": list(fields.values())}, {"__obj": fields}):
            cluster.redis.publish(PREFIX + function, json.dumps(request))
    assert cluster.alive()
    for text in cluster.redis.lrange(PREFIX + "__rpc_untyped", 0, -1):  # an answer is allowed, but then a proper one
        assert json.loads(text)["__type"] == "pymq.core.RpcResponse"


def test_parameters_of_a_megabyte(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo", parameters={"method": "post", "path": "/big", "kwargs": {"data": BIG}})
    (_, _, config) = json.loads(cluster.redis.get(f"galileo:client:{one}"))
    assert config[2]["kwargs"]["data"] == BIG
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 2, "constant", [0.001])
    done.wait(1)
    assert [(method, len(body)) for _, _, method, body in echo.requests] == [("POST", len(BIG))] * 2
    done.close()
