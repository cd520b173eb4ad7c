"""An independent client of the original's message bus, written from the wire contract (sections 1.3 to 1.6) alone.

Knows redis-py and JSON, nothing of ours. It is as strict as the original where the original is strict: a caller waits for as
many answers as PUBLISH counted receivers.
"""

import json
import time
import uuid
from typing import Any, NamedTuple, Optional

import redis

PREFIX = "__eventbus:global:"
API = "galileo.worker.api."
FIELDS = {
    "RegisterWorkerCommand": (), "RegisterWorkerEvent": ("name",), "UnregisterWorkerEvent": ("name",),
    "StartTracingCommand": (), "PauseTracingCommand": (), "CloseClientCommand": ("client_id",),
    "ClientConfig": ("service", "client", "parameters", "worker_labels"), "CreateClientCommand": ("host", "config", "num"),
    "SetWorkloadCommand": ("client_id", "num", "distribution", "parameters"), "StopWorkloadCommand": ("client_id",),
    "WorkloadDoneEvent": ("client_id",),
}


class RemoteError(Exception):
    """What a function raised, or that it did not answer in time (`TimeoutError`)."""

    def __init__(self, kind: str, *arguments: Any):
        super().__init__(kind, *arguments)
        self.kind = kind


class Info(NamedTuple):
    client_id: str
    worker: str
    config: list
    requests: int
    failed: int


def channel_of(event: str) -> str:
    return PREFIX + API + event


def encode(event: str, *fields: Any) -> str:
    """An event as the original writes it: all fields by position, with its type."""
    assert len(fields) == len(FIELDS[event]), event
    return json.dumps({"__obj": list(fields), "__type": API + event})


def encode_object(event: str, *fields: Any) -> str:
    """The same by name."""
    return json.dumps({"__obj": dict(zip(FIELDS[event], fields)), "__type": API + event})


def decode(payload: str, kind: str) -> list:
    """The fields of a message, which must say that it is of type `kind`."""
    message = json.loads(payload)
    assert message["__type"] == kind, payload
    assert isinstance(message["__obj"], list), payload
    return message["__obj"]


class Listener:
    """Every event of one class since it was made."""

    def __init__(self, client: redis.Redis, channel: str):
        self.pubsub = client.pubsub()
        self.pubsub.subscribe(channel)
        first = self.pubsub.get_message(timeout=10)
        assert first and first["type"] == "subscribe"
        self.payloads: list[str] = []

    def poll(self, patience: float = 0.0) -> None:
        while (message := self.pubsub.get_message(ignore_subscribe_messages=False, timeout=patience)) is not None:
            self.payloads.append(message["data"])
            patience = 0

    def wait(self, count: int, patience: float = 20.0) -> list[str]:
        """All payloads so far, once there are `count` of them."""
        deadline = time.monotonic() + patience
        while len(self.payloads) < count:
            left = deadline - time.monotonic()
            assert left > 0, f"{len(self.payloads)} of {count} events came: {self.payloads[-5:]}"
            self.poll(min(left, 0.1))
        return self.payloads

    def close(self) -> None:
        self.pubsub.close()


class Bus:
    """Events, remote calls and queues over one Redis (a client with decode_responses=True)."""

    def __init__(self, client: redis.Redis):
        self.redis = client

    def publish(self, event: str, *fields: Any) -> int:
        """Returns how many received it."""
        return self.redis.publish(channel_of(event), encode(event, *fields))

    def publish_raw(self, event: str, payload: Any) -> int:
        return self.redis.publish(channel_of(event), payload if isinstance(payload, (str, bytes)) else json.dumps(payload))

    def listen(self, event: str) -> Listener:
        return Listener(self.redis, channel_of(event))

    def send(self, function: str, arguments: Any, *, kwargs: Any = None, answer_to: Optional[str] = None) -> tuple[str, int]:
        """Publishes a request; returns the full name of the answers' list and the number of receivers."""
        answers = answer_to or f"__rpc_{uuid.uuid4()}"
        request = {"__obj": [function, answers, arguments, {} if kwargs is None else kwargs], "__type": "pymq.core.RpcRequest"}
        return PREFIX + answers, self.redis.publish(PREFIX + function, json.dumps(request))

    def answer(self, answers: str, timeout: int = 10) -> Any:
        """The next answer from a list: its result, or the error object that stands in its place."""
        popped = self.redis.brpop([answers], timeout=timeout)
        if popped is None:
            return RemoteError("TimeoutError", f"Gave up waiting after {timeout}")
        _function, result, result_type, error = decode(popped[1], "pymq.core.RpcResponse")
        if error:
            return RemoteError(result_type, *result)
        return self.converted(result, result_type)

    @staticmethod
    def converted(result: Any, result_type: str) -> Any:
        """The original makes the class that the answer names; another name than these would break it."""
        if result_type == API + "ClientInfo":
            (client_id, worker, config), requests, failed = result
            return Info(client_id, worker, config, requests, failed)
        assert type(result) is {"str": str, "list": list, "int": int, "NoneType": type(None)}[result_type]
        return result

    def call(self, function: str, *arguments: Any, timeout: int = 10) -> Any:
        """One answer, whoever gives it; None when nobody listens."""
        answers, receivers = self.send(function, list(arguments))
        if receivers == 0:
            return None
        result = self.answer(answers, timeout)
        if isinstance(result, RemoteError):
            raise result
        return result

    def call_all(self, function: str, *arguments: Any, timeout: int = 10) -> list:
        """An answer from each receiver, or an error object in its place."""
        answers, receivers = self.send(function, list(arguments))
        return [self.answer(answers, timeout) for _ in range(receivers)]

    def put(self, queue: str, text: str) -> None:
        self.redis.lpush(PREFIX + queue, text)

    def take(self, queue: str, timeout: int = 10) -> Optional[str]:
        popped = self.redis.brpop([PREFIX + queue], timeout=timeout)
        return popped[1] if popped else None

    # what controllers of the original do with it (contract 1.8)

    def ping(self, timeout: int = 10) -> list:
        return self.call_all("WorkerDaemon.ping", timeout=timeout)

    def infos(self, timeout: int = 10) -> list[Info]:
        return self.call_all("Client.get_info", timeout=timeout)

    def spawn(self, worker: str, service: str, num: int = 1, client: Optional[str] = None, parameters: Optional[dict] = None) -> list[str]:
        """The ids of the new clients."""
        config = [service, client, parameters, None]
        return [one[0] for one in self.call(f"WorkerDaemon.create_client:{worker}", [worker, config, num])]

    def workload(self, client_id: str, num: Optional[int], distribution: str = "constant", parameters: Optional[list] = None) -> int:
        return self.publish("SetWorkloadCommand", client_id, num, distribution, parameters)
