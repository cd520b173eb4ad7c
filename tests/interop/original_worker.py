"""A worker as the original is one, written from the wire contract (sections 1 to 3) alone: redis-py, and nothing of ours.

Keeps the weak spots that a controller has to live with: no lease, ids from 0, an answer to create_client before the clients
listen (by `--gap` seconds), relative sleeps, one more request after a stop, a done event before the last answer, and clients
that end at an interval of 0. A client is a thread with a connection of its own where the original has a process.

    original_worker.py NAME HOST:PORT [--password P] [--gap S]      labels and tracing come from galileo_* variables
"""

import argparse
import concurrent.futures
import http.client
import itertools
import json
import math
import os
import queue
import random
import signal
import threading
import time
import urllib.parse
import uuid
from typing import Any, Callable, NamedTuple, Optional

import redis

import original_app
from pymq_client import API, PREFIX, channel_of, encode

WORKERS, TRACES = "galileo:workers", "galileo/results/traces"


class Workload(NamedTuple):
    num: Optional[int]
    distribution: str
    parameters: Optional[list]


def fields_of(payload: str, count: int) -> list:
    """The first `count` fields of an event in list form; fewer are an IndexError, as in the original."""
    message = json.loads(payload)
    fields = message["__obj"] if isinstance(message, dict) else message
    return [fields[index] for index in range(count)]


def serve_call(connection: redis.Redis, payload: str, function: Callable[..., tuple[Any, str]]) -> None:
    """Answers a remote call; without its type it is dropped. `function` returns the result and the name of its class."""
    request = json.loads(payload)
    if not isinstance(request, dict) or request.get("__type") != "pymq.core.RpcRequest":
        return
    name, answers, arguments, _kwargs = request["__obj"]
    try:
        response = [name, *function(*arguments), False]
    except Exception as error:
        response = [name, list(error.args), type(error).__name__, True]
    connection.lpush(PREFIX + answers, json.dumps({"__obj": response, "__type": "pymq.core.RpcResponse"}))
    connection.expire(PREFIX + answers, 300)


def weighted_hosts(record: Callable[[], list[tuple[str, int]]]):
    """Endless hosts in the order of contract 2.8; `record` gives the hosts and weights of now."""
    index, current = -1, 0
    while True:
        hosts = record()
        index = (index + 1) % len(hosts)
        if index == 0:
            current -= math.gcd(*(weight for _, weight in hosts))
            if current <= 0:
                current = max(weight for _, weight in hosts)
                if current == 0:
                    raise ValueError("all weights are 0")
        if hosts[index][1] >= current:
            yield hosts[index][0]


def trace_line(*fields: Any) -> str:
    """The 11 fields of contract 2.9."""
    *first, headers, response = fields
    headers = headers and headers.replace(",", "|")
    response = response and response.replace("\n", "\\n")
    return "%s,%s,%s,%.7f,%.7f,%.7f,%d,%s,%s,%s,%s" % (*first, headers, response)


class Tracer:
    """Buffers traces and publishes them when there are 20, at a pause and at the end."""

    def __init__(self, connection: redis.Redis):
        self.connection = connection
        self.lock = threading.Lock()
        self.lines: list[str] = []
        self.paused = os.environ.get("galileo_trace_logging") != "redis"

    def add(self, line: str) -> None:
        with self.lock:
            if not self.paused:
                self.lines.append(line)
            if len(self.lines) >= 20:
                self.flush()

    def flush(self) -> None:
        with self.connection.pipeline(transaction=True) as pipeline:
            for line in self.lines:
                pipeline.publish(TRACES, line)
            pipeline.execute()
        self.lines.clear()

    def pause(self, paused: bool) -> None:
        with self.lock:
            self.flush()
            self.paused = paused or os.environ.get("galileo_trace_logging") != "redis"


class Client:
    """One emulated client: a listener, a generator of starts, and a pool of 50 threads for the requests."""

    def __init__(self, worker: "Worker", client_id: str, config: list):
        self.worker = worker
        self.client_id = client_id
        self.config = config
        self.service, app, parameters, _labels = config
        self.parameters = parameters or {}
        self.next_request = original_app.load(app, parameters) if app else self.plain_request
        self.requests = self.failed = 0
        self.commands: "queue.Queue[Optional[Workload]]" = queue.Queue()
        self.ended = threading.Event()
        self.prefix = uuid.uuid4().hex[-10:]
        self.redis = worker.connect()
        self.hosts = weighted_hosts(self.record)
        self.drawing = threading.Lock()
        self.pool = concurrent.futures.ThreadPoolExecutor(50)
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.generate, daemon=True).start()

    def plain_request(self) -> tuple:
        return self.parameters.get("method", "get"), self.parameters.get("path", "/"), None

    def record(self) -> list[tuple[str, int]]:
        hosts, weights = (self.redis.lrange(f"routing:{what}:{self.service}", 0, -1) for what in ("hosts", "weights"))
        return list(zip(hosts, (int(float(weight)) for weight in weights)))

    def listen(self) -> None:
        time.sleep(self.worker.gap)
        get_info = PREFIX + "Client.get_info"
        set_workload, stop_workload = channel_of("SetWorkloadCommand"), channel_of("StopWorkloadCommand")
        pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe(set_workload, stop_workload, get_info)
        while not self.ended.is_set():
            message = pubsub.get_message(timeout=0.05)
            if message is None:
                continue
            if message["channel"] == get_info:
                serve_call(self.redis, message["data"], lambda: (self.info(), API + "ClientInfo"))
            elif fields_of(message["data"], 1) == [self.client_id]:
                setting = message["channel"] == set_workload
                self.commands.put(Workload(*fields_of(message["data"], 4)[1:]) if setting else None)
        pubsub.close()

    def info(self) -> list:
        return [[self.client_id, self.worker.name, self.config], self.requests, self.failed]

    def generate(self) -> None:
        workload: Optional[Workload] = None
        while not self.ended.is_set():
            if workload is None:
                workload = self.commands.get()
                continue
            workload = self.play(workload)

    def play(self, workload: Workload) -> Optional[Workload]:
        """Runs a workload to its end or to the next command, which it returns."""
        for interval in itertools.islice(self.intervals(workload), workload.num or None):
            if interval <= 0:  # kills the original's process; it stays registered
                self.ended.set()
                return None
            time.sleep(interval)
            self.pool.submit(self.send, time.time())
            if self.ended.is_set():
                return None
            if not self.commands.empty():
                return self.commands.get()
        self.pool.submit(lambda: self.redis.publish(channel_of("WorkloadDoneEvent"), encode("WorkloadDoneEvent", self.client_id)))
        return None

    def intervals(self, workload: Workload):
        if workload.distribution == "prerecorded":
            recorded = self.redis.lrange(self.client_id, 0, self.redis.llen(self.client_id))
            self.redis.delete(self.client_id)
            yield from map(float, reversed(recorded))
        elif workload.distribution == "constant":
            yield from itertools.repeat(float((workload.parameters or [0])[0]))
        else:
            draw = getattr(random, workload.distribution)
            while True:
                yield draw(*workload.parameters or [])

    def send(self, created: float) -> None:
        self.requests += 1
        identity = (f"{self.prefix}:{self.requests}", self.client_id, self.service, created)
        sent = -1.0
        try:
            with self.drawing:
                method, path, kwargs = self.next_request()
                host = next(self.hosts)
            sent = time.time()
            connection = http.client.HTTPConnection(host)
            connection.request(method.upper(), urllib.parse.quote(path, safe="/?&=%"), (kwargs or {}).get("data"))
            answer = connection.getresponse()
            text = answer.read().decode("ISO-8859-1").strip()
            headers: dict[str, str] = {}
            for name, value in answer.getheaders():
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            outcome = (sent, time.time(), answer.status, host, None, json.dumps(headers), text)
            connection.close()
        except Exception:
            outcome = (sent, time.time(), -1, None, None, None, None)
        self.failed += not 0 <= outcome[2] < 300
        self.worker.tracer.add(trace_line(*identity, *outcome))

    def end(self) -> None:
        self.ended.set()
        self.commands.put(None)


class Worker:
    """Registers, creates clients and closes them; all events and calls one after the other on one thread."""

    def __init__(self, name: str, host: str, port: int, password: Optional[str], gap: float):
        self.name = name
        self.gap = gap
        self.connect = lambda: redis.Redis(host, port, password=password, decode_responses=True)
        self.redis = self.connect()
        self.clients: dict[str, Client] = {}
        self.count = 0
        self.tracer = Tracer(self.connect())

    def handlers(self) -> dict[str, Callable[[str], None]]:
        ping, create = PREFIX + "WorkerDaemon.ping", PREFIX + f"WorkerDaemon.create_client:{self.name}"
        return {
            channel_of("CreateClientCommand"): lambda payload: None,
            channel_of("CloseClientCommand"): lambda payload: self.close(*fields_of(payload, 1)),
            channel_of("RegisterWorkerCommand"): lambda payload: self.register(),
            channel_of("StartTracingCommand"): lambda payload: self.tracer.pause(False),
            channel_of("PauseTracingCommand"): lambda payload: self.tracer.pause(True),
            ping: lambda payload: serve_call(self.redis, payload, lambda: (self.name, "str")),
            create: lambda payload: serve_call(self.redis, payload, lambda command: (self.create(*command), "list")),
        }

    def run(self, stopping: threading.Event) -> None:
        self.redis.randomkey()
        handlers = self.handlers()
        pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe(*handlers)
        self.register()
        while not stopping.is_set():
            message = pubsub.get_message(timeout=0.05)
            if message is not None:
                try:
                    handlers[message["channel"]](message["data"])
                except Exception as error:
                    print(f"dropped: {error!r}", flush=True)
        self.end()

    def register(self) -> None:
        labels = {name: value for name, value in os.environ.items() if name.startswith("galileo_")}
        self.redis.sadd(WORKERS, self.name)
        if labels:
            self.redis.hset(self.name, mapping=labels)
        self.redis.publish(channel_of("RegisterWorkerEvent"), encode("RegisterWorkerEvent", self.name))

    def create(self, host: str, config: list, num: Optional[int]) -> list:
        if host != self.name:
            return []
        config = [config[index] for index in range(4)]
        made = []
        for _ in range(num or 0):
            client_id = f"{self.name}:{config[0]}:{self.count}"
            self.count += 1
            made.append([client_id, self.name, config])
            self.clients[client_id] = Client(self, client_id, config)
            self.redis.sadd(f"galileo:worker:{self.name}:clients", client_id)
            self.redis.set(f"galileo:client:{client_id}", json.dumps(made[-1]))
        return made

    def close(self, client_id: str) -> None:
        if client_id in self.clients:
            self.redis.get(f"galileo:client:{client_id}")
            self.redis.delete(f"galileo:client:{client_id}")
            self.redis.srem(f"galileo:worker:{self.name}:clients", client_id)
            self.clients.pop(client_id).end()

    def end(self) -> None:
        self.redis.srem(WORKERS, self.name)
        self.redis.delete(f"galileo:worker:{self.name}:clients")
        self.redis.publish(channel_of("UnregisterWorkerEvent"), encode("UnregisterWorkerEvent", self.name))
        for client_id in list(self.clients):
            self.close(client_id)
        self.tracer.pause(True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("address")
    parser.add_argument("--password")
    parser.add_argument("--gap", type=float, default=0.2)
    options = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    host, port = options.address.split(":")
    Worker(options.name, host, int(port), options.password, options.gap).run(stopping)
    print("done, bye", flush=True)
    os._exit(0)  # requests in flight end with the process, as the original's do


if __name__ == "__main__":
    main()
