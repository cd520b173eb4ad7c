"""Remote calls: exact answers, errors, and receiver counts, which are part of the protocol (contract 1.5)."""

import json

from harness import wait_until

from conftest import WORKER_EVENTS
from pymq_client import PREFIX, RemoteError, channel_of


def receivers(cluster, channel: str) -> int:
    return cluster.redis.pubsub_numsub(channel)[0][1]


def test_answers_are_those_of_the_original(cluster):
    answers, count = cluster.bus.send("WorkerDaemon.ping", [], answer_to="any name at all")
    assert count == 1
    wait_until(lambda: cluster.redis.llen(answers), "the answer")
    assert cluster.redis.lrange(answers, 0, -1) == [
        '{"__obj": ["WorkerDaemon.ping", "w1", "str", false], "__type": "pymq.core.RpcResponse"}']
    wait_until(lambda: 0 < cluster.redis.ttl(answers) <= 300, "its time to live")
    parameters = {"method": "post", "path": "/p?q=1", "kwargs": {"json": {"a": [1, 2.5, None, "\u00fc"]}, "headers": {"X-A": "b"}}}
    command = ["w1", ["echo", None, parameters, {"galileo_zone": "A"}], 2]
    answers, _ = cluster.bus.send("WorkerDaemon.create_client:w1", [command])
    _, text = cluster.redis.brpop([answers], 10)
    described = [[f"w1:echo:{n}", "w1", command[1]] for n in range(2)]
    assert text == json.dumps({"__obj": ["WorkerDaemon.create_client:w1", described, "list", False], "__type": "pymq.core.RpcResponse"})
    answers, count = cluster.bus.send("Client.get_info", [])
    texts = {cluster.redis.brpop([answers], 10)[1] for _ in range(count)}
    assert texts == {json.dumps({"__obj": ["Client.get_info", [one, 0, 0], "galileo.worker.api.ClientInfo", False],
                                 "__type": "pymq.core.RpcResponse"}) for one in described}


def test_every_worker_listens_once(make_cluster):
    cluster = make_cluster()
    for name in ("w1", "w2", "w3"):
        cluster.worker(name)
    for event in WORKER_EVENTS:
        assert receivers(cluster, channel_of(event)) == 3, event
    assert receivers(cluster, PREFIX + "WorkerDaemon.ping") == 3
    assert receivers(cluster, PREFIX + "WorkerDaemon.create_client:w2") == 1
    assert sorted(cluster.bus.ping()) == ["w1", "w2", "w3"]
    assert cluster.bus.publish("StartTracingCommand") == 3
    assert cluster.bus.publish("RegisterWorkerCommand") == 3
    assert cluster.end("w2") == 0
    assert sorted(cluster.bus.ping()) == ["w1", "w3"]


def test_every_client_listens_once(make_cluster):
    cluster = make_cluster()
    cluster.worker("w1")
    cluster.worker("w2")
    assert cluster.bus.infos() == []
    ids = cluster.bus.spawn("w1", "echo", 40) + cluster.bus.spawn("w2", "echo", 3) + cluster.bus.spawn("w1", "other", 2)
    assert cluster.redis.publish(PREFIX + "Client.get_info", "not a request") == 45
    infos = cluster.bus.infos()
    assert sorted(info.client_id for info in infos) == sorted(ids)
    assert all((info.requests, info.failed) == (0, 0) and info.worker == info.client_id[:2] for info in infos)
    for gone in ids[:10]:
        cluster.bus.publish("CloseClientCommand", gone)
    wait_until(lambda: cluster.redis.pubsub_numpat() + receivers(cluster, PREFIX + "Client.get_info") == 35, "ten ends")
    assert sorted(info.client_id for info in cluster.bus.infos()) == sorted(ids[10:])
    assert cluster.end("w1") == 0
    assert sorted(info.client_id for info in cluster.bus.infos()) == sorted(one for one in ids if one.startswith("w2"))


def test_clients_that_are_being_closed_answer_while_they_are_counted(cluster):
    """Whoever PUBLISH counts must answer: the caller waits for it (contract 1.5)."""
    ids = cluster.bus.spawn("w1", "echo", 60)
    calls = []
    for closing in ids:
        cluster.bus.publish("CloseClientCommand", closing)
        calls.append(cluster.bus.send("Client.get_info", []))
    wait_until(lambda: cluster.redis.pubsub_numpat() + receivers(cluster, PREFIX + "Client.get_info") == 0, "the ends")
    for answers, count in calls:
        wait_until(lambda: cluster.redis.llen(answers) == count, f"{count} answers, of which {cluster.redis.llen(answers)} came")


def test_counts_of_requests(cluster, echo):
    (good,) = cluster.bus.spawn("w1", "echo")
    (bad,) = cluster.bus.spawn("w1", "echo", parameters={"path": "/x?status=503"})
    (lost,) = cluster.bus.spawn("w1", "unrouted")
    done = cluster.bus.listen("WorkloadDoneEvent")
    for one, num in ((good, 5), (bad, 4), (lost, 3)):
        cluster.bus.workload(one, num, "constant", [0.001])
    done.wait(3)
    assert {info.client_id: (info.requests, info.failed) for info in cluster.bus.infos()} == {
        good: (5, 0), bad: (4, 4), lost: (3, 3)}
    done.close()


def test_errors_are_exceptions_of_the_caller(cluster):
    answers, _ = cluster.bus.send("WorkerDaemon.create_client:w1", [])
    _, text = cluster.redis.brpop([answers], 10)
    assert text == ('{"__obj": ["WorkerDaemon.create_client:w1", ["WorkerDaemon.create_client() missing 1 required positional argument: '
                    '\'cmd\'"], "TypeError", true], "__type": "pymq.core.RpcResponse"}')
    for arguments in ([["w1"]], None, {"cmd": 1}, "text", [["w1", ["echo", "noapp", None, None], 1]]):
        answers, count = cluster.bus.send("WorkerDaemon.create_client:w1", arguments)
        error = cluster.bus.answer(answers)
        assert count == 1 and isinstance(error, RemoteError), arguments
        assert error.kind.isidentifier() and all(isinstance(one, str) for one in error.args), error.args
    assert cluster.redis.scard("galileo:worker:w1:clients") == 0
    answers, _ = cluster.bus.send("WorkerDaemon.ping", [], kwargs=[])
    assert cluster.bus.answer(answers) == "w1"


def test_surplus_arguments_are_dropped(cluster):
    assert cluster.bus.call("WorkerDaemon.create_client:w1", ["w1", ["echo", None, None, None], 1], "more", 5)[0][0] == "w1:echo:0"


def test_nobody_there(cluster):
    assert cluster.bus.call("WorkerDaemon.create_client:nobody", []) is None
    assert cluster.bus.call_all("No.such_function") == []


def test_a_foreign_subscriber_costs_a_timeout_and_nothing_else(cluster):
    foreign = cluster.redis.pubsub()
    foreign.subscribe(PREFIX + "WorkerDaemon.ping")
    assert foreign.get_message(timeout=10)["type"] == "subscribe"
    results = cluster.bus.ping(timeout=1)
    assert results[0] == "w1" and isinstance(results[1], RemoteError) and results[1].kind == "TimeoutError"
    foreign.close()


def test_ping_does_not_wait_for_slow_work(cluster, echo):
    (slow,) = cluster.bus.spawn("w1", "echo", parameters={"path": "/x?sleep=5"})
    cluster.bus.workload(slow, None, "constant", [0.01])
    wait_until(lambda: echo.count() > 5, "the load")
    cluster.bus.publish("CloseClientCommand", slow)
    assert cluster.bus.ping(timeout=2) == ["w1"]
    assert cluster.bus.spawn("w1", "echo") == ["w1:echo:1"]


def test_a_queue_is_first_in_first_out(cluster):
    for text in ("a", "b", "c"):
        cluster.bus.put("galileo:test", text)
    assert [cluster.bus.take("galileo:test") for _ in range(3)] == ["a", "b", "c"]
