"""What our Python package puts on the wire, letter by letter, and what it understands of what comes back (contract 1.4 to 1.6)."""

import json
import threading

import pytest
from harness import wait_until

from messages_interop import BIG, GARBAGE, forms
from pymq_client import API, PREFIX, Listener, channel_of

CREATE = PREFIX + "WorkerDaemon.create_client:s1"
CONFIG = ["echo", None, {"method": "post", "path": "/p?q=1", "kwargs": {"json": {"a": [1, 2.5, None, "ü"]}, "headers": {"X-A": "b"}}},
          {"galileo_zone": "A"}]


def response(function: str, result, kind: str, error: bool = False, form: str = "list") -> str:
    fields = {"fn": function, "result": result, "result_type": kind, "error": error}
    return json.dumps({"__obj": fields if form == "object" else list(fields.values()), "__type": "pymq.core.RpcResponse"})


class ScriptedWorker:
    """Registered as s1. Answers each channel with what the test says, as text; nothing to say is no answer."""

    def __init__(self, cluster, answers: dict[str, str]):
        self.redis = cluster.redis
        self.answers = answers
        self.requests: list[str] = []
        self.pubsub = cluster.redis.pubsub(ignore_subscribe_messages=True)
        self.pubsub.subscribe(**{channel: self.answer for channel in answers})
        wait_until(lambda: self.pubsub.get_message(timeout=0.1) is None and all(
            count for _, count in cluster.redis.pubsub_numsub(*answers)), "the subscriptions")
        cluster.redis.sadd("galileo:workers", "s1")
        cluster.redis.hset("s1", "galileo_zone", "A")
        self.thread = self.pubsub.run_in_thread(sleep_time=0.01)

    def answer(self, message) -> None:
        self.requests.append(message["data"])
        answer = self.answers[message["channel"]]
        if answer:
            _, answers, _, _ = json.loads(message["data"])["__obj"]
            self.redis.lpush(PREFIX + answers, answer)

    def stop(self) -> None:
        self.thread.stop()
        self.thread.join()
        self.pubsub.close()


@pytest.fixture
def stage(make_cluster):
    cluster, workers = make_cluster(), []

    def act(answers: dict[str, str]):
        workers.append(ScriptedWorker(cluster, answers))
        return cluster, workers[-1]

    yield act
    for worker in workers:
        worker.stop()


def infos(form: str, client_id: str = "s1:echo:0") -> str:
    description = [client_id, "s1", CONFIG]
    result = {"description": description, "requests": 3, "failed": 1} if form == "object" else [description, 3, 1]
    return response("Client.get_info", result, API + "ClientInfo", form=form)


def created(form: str) -> str:
    description = ["s1:echo:0", "s1", CONFIG]
    if form == "object":
        config = dict(zip(("service", "client", "parameters", "worker_labels"), CONFIG))
        description = {"client_id": "s1:echo:0", "worker": "s1", "config": config}
    return response("WorkerDaemon.create_client:s1", [description], "list", form=form)


SPAWN = f"c = g.spawn('echo', 1, parameters={CONFIG[2]!r}, worker_labels={CONFIG[3]!r})\n"


def test_requests_are_those_that_were_captured(stage):
    cluster, worker = stage({CREATE: created("list"), PREFIX + "Client.get_info": infos("list")})
    cluster.script(SPAWN)
    first = worker.requests[0]
    _, answers, _, _ = json.loads(first)["__obj"]
    assert answers.startswith("__rpc_") and len(answers) == len("__rpc_") + 36
    assert first == json.dumps({"__obj": ["WorkerDaemon.create_client:s1", answers, [["s1", CONFIG, 1]], {}],
                                "__type": "pymq.core.RpcRequest"})
    get_info = json.loads(worker.requests[1])
    assert get_info == {"__obj": ["Client.get_info", get_info["__obj"][1], [], {}], "__type": "pymq.core.RpcRequest"}


SENT = [
    ("c.request(n=3, ia=0.05)", '{"__obj": ["s1:echo:0", 3, "constant", [0.05]], "__type": "galileo.worker.api.SetWorkloadCommand"}'),
    ("c.rps(5)", '{"__obj": ["s1:echo:0", null, "constant", [0.2]], "__type": "galileo.worker.api.SetWorkloadCommand"}'),
    ("c.request(n=2, ia=('uniform', .01, .02))",
     '{"__obj": ["s1:echo:0", 2, "uniform", [0.01, 0.02]], "__type": "galileo.worker.api.SetWorkloadCommand"}'),
    ("c.request(n=2)", '{"__obj": ["s1:echo:0", 2, "constant", null], "__type": "galileo.worker.api.SetWorkloadCommand"}'),
    ("c.request(ia=('prerecorded', 'ran'))",
     '{"__obj": ["s1:echo:0", null, "prerecorded", ["ran"]], "__type": "galileo.worker.api.SetWorkloadCommand"}'),
    ("c.rps(0)", '{"__obj": ["s1:echo:0"], "__type": "galileo.worker.api.StopWorkloadCommand"}'),
    ("c.pause()", '{"__obj": ["s1:echo:0"], "__type": "galileo.worker.api.StopWorkloadCommand"}'),
    ("c.close()", '{"__obj": ["s1:echo:0"], "__type": "galileo.worker.api.CloseClientCommand"}'),
    ("g.start_tracing()", '{"__obj": [], "__type": "galileo.worker.api.StartTracingCommand"}'),
    ("g.stop_tracing()", '{"__obj": [], "__type": "galileo.worker.api.PauseTracingCommand"}'),
    ("g.discover()", '{"__obj": [], "__type": "galileo.worker.api.RegisterWorkerCommand"}'),
]


def test_events_are_those_that_were_captured(stage):
    cluster, _ = stage({CREATE: created("list"), PREFIX + "Client.get_info": infos("list")})
    channels = sorted({channel_of(payload.split(API)[1].rstrip('"}')) for _, payload in SENT})
    heard = Listener(cluster.redis, channels[0])
    heard.pubsub.subscribe(*channels[1:])
    for _ in channels[1:]:
        assert heard.pubsub.get_message(timeout=10)["type"] == "subscribe"
    cluster.script(SPAWN + "\n".join(call for call, _ in SENT))
    assert heard.wait(len(SENT)) == [payload for _, payload in SENT]
    heard.close()


@pytest.mark.parametrize("form", ["list", "object"])
def test_answers_are_understood_in_both_forms(stage, form):
    cluster, _ = stage({CREATE: created(form), PREFIX + "Client.get_info": infos(form),
                        PREFIX + "WorkerDaemon.ping": response("WorkerDaemon.ping", "s1", "str", form=form)})
    assert cluster.script(SPAWN + "print(c.clients[0], c.info()[0][1:], g.ping(), sep='\\n')").splitlines()[1:] == ["(3, 1)", "['s1']"]


@pytest.mark.parametrize("form", list(forms("WorkloadDoneEvent", "x")))
def test_done_events_are_understood_in_every_form(stage, form):
    cluster, _ = stage({CREATE: created("list"), PREFIX + "Client.get_info": infos("list")})
    asked = cluster.bus.listen("SetWorkloadCommand")
    cluster.redis.set("galileo:client:s1:echo:0", "[]")
    texts = [text if isinstance(text, str) else json.dumps(text) for text in
             (forms("WorkloadDoneEvent", "another")[form], forms("WorkloadDoneEvent", "s1:echo:0")[form])]

    def answer() -> None:
        asked.wait(1)
        for text in [*filter(lambda one: isinstance(one, str), GARBAGE), BIG, *texts]:
            cluster.redis.publish(channel_of("WorkloadDoneEvent"), text)

    thread = threading.Thread(target=answer)
    thread.start()
    out = cluster.script(SPAWN + "f = c.request(n=3, ia=0.05)\nf.wait(20)\nprint(f.done, f.aborted)", may_say="message dropped")
    assert out == "True False\n"
    thread.join()
    asked.close()


def test_errors_and_silence(stage):
    refusal = response("WorkerDaemon.create_client:s1", ["list index out of range"], "IndexError", True)
    cluster, worker = stage({CREATE: refusal, PREFIX + "WorkerDaemon.ping": "", PREFIX + "Client.get_info": ""})
    attempt = "try:\n    g.spawn('echo')\nexcept Exception as error:\n    print(type(error).__name__, error)\n"
    out = cluster.script(attempt + "print([type(one).__name__ for one in g.ping()], g.clients().info())")
    assert out.splitlines() == ["InvalidInput worker s1: IndexError: list index out of range", "['Timeout'] []"]
    for text in ["{", "null", "5", '"text"', "[]", BIG, json.dumps({"__obj": [1], "__type": "pymq.core.RpcResponse"}),
                 response("x", BIG, "list"), response("x", [["a"]], "list"), response("x", {"a": 1}, "list"), response("x", None, "NoneType"),
                 response("x", None, None, True), response("x", [{}], "list", form="object")]:
        worker.answers[CREATE] = text
        assert "Traceback" not in cluster.script(attempt), text


def test_nobody_there(make_cluster):
    cluster = make_cluster()
    cluster.redis.sadd("galileo:workers", "ghost")
    out = cluster.script("try:\n    g.spawn('echo')\nexcept Exception as error:\n    print(type(error).__name__, error)\nprint(g.ping())")
    assert out == "NotFound worker ghost: WorkerDaemon.create_client:ghost: nobody listens\n[]\n"
