"""The event bus that Galileo's programs talk over: events, queues and remote functions, as JSON in Redis."""

import importlib
import json
import logging
import threading
import time
import uuid
from typing import Any, Callable, Dict, List, Optional, Set, get_type_hints

from galileo.errors import GalileoError, Timeout

PREFIX = "__eventbus:global:"
_LOG = logging.getLogger(__name__)
_CONFIRMED = 5.0  # seconds that Redis has for confirming a subscription


def encode(value: Any) -> str:
    """The JSON text of a value; a named tuple says its class beside its fields."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return json.dumps({"__obj": list(value), "__type": f"{type(value).__module__}.{type(value).__name__}"})
    return json.dumps(value)


def decode(text: str, cls: Optional[type] = None) -> Any:
    """The value of a JSON text. `cls`, or the class that the text names when it is a known one, gives it its type."""
    value = json.loads(text)
    if isinstance(value, dict) and ("__obj" in value or "__type" in value):
        cls = cls or _class_named(value.get("__type"))
        value = value.get("__obj", {key: field for key, field in value.items() if key != "__type"})
    return _as(cls, value)


def _as(cls: Any, value: Any) -> Any:
    """`value` as a `cls`, named tuples within it included; unchanged when cls is no class."""
    if not isinstance(cls, type) or isinstance(value, cls):
        return value
    if not hasattr(cls, "_fields"):
        return cls(value)
    fields = value if isinstance(value, dict) else dict(zip(getattr(cls, "_fields"), value))
    types = get_type_hints(cls)
    return cls(**{name: field if field is None or not hasattr(types[name], "_fields") else _as(types[name], field)
                  for name, field in fields.items() if name in types})


def _class_named(name: Any) -> Optional[type]:
    if not isinstance(name, str) or not name.startswith("galileo."):
        return None
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError):
        return None
    return found if isinstance(found, type) else None


class Queue:
    """A list in Redis, first in, first out, shared by all programs that use its name."""

    def __init__(self, rds: Any, name: str):
        self._rds = rds
        self.name = name
        self._key = PREFIX + name

    def put(self, value: Any) -> None:
        """Adds at the end."""
        self._rds.lpush(self._key, encode(value))

    def get(self, block: bool = True, timeout: Optional[float] = None) -> Any:
        """Takes the first value; waits for one, up to `timeout` seconds, when `block`. Raises Timeout when none came."""
        popped = self._rds.brpop(self._key, timeout or 0) if block else (None, self._rds.rpop(self._key))
        if popped is None or popped[1] is None:
            raise Timeout(f"queue {self.name} is empty")
        return decode(popped[1])

    def qsize(self) -> int:
        """How many values wait."""
        return int(self._rds.llen(self._key))


class Topic:
    """A channel by its name, for values of any kind."""

    def __init__(self, bus: "EventBus", name: str):
        self._bus = bus
        self.name = name

    def publish(self, value: Any) -> int:
        """Sends to all who listen now; how many."""
        return self._bus._rds.publish(PREFIX + self.name, encode(value))

    def subscribe(self, callback: Callable[[Any], None]) -> None:
        """Calls `callback(value)`, on a thread of the bus, for each value from now on."""
        self._bus.subscribe(callback, self.name)


class EventBus:
    """Events, queues and remote functions over a redis.Redis.

    >>> eventbus.publish(RegisterWorkerCommand())                       # an event goes to the channel of its class
    >>> eventbus.subscribe(lambda event: print(event), WorkloadDoneEvent)
    >>> eventbus.queue('jobs').put({'x': 1})
    >>> eventbus.stub('WorkerDaemon.ping', multi=True)()                # calls a remote function
    """

    def __init__(self, rds: Any):
        self._rds = rds
        self._changed = threading.Condition()
        # Protected by _changed:
        self._handlers: Dict[str, List[Callable[[Dict[str, Any]], None]]] = {}  # by channel
        self._heard: Set[str] = set()  # channels that Redis has confirmed
        self._pubsub: Any = None
        self._thread: Any = None

    def publish(self, event: Any, channel: Optional[str] = None) -> int:
        """Sends an event to the channel of its class, or to `channel`; how many subscriptions it reached."""
        cls = type(event)
        return self._rds.publish(PREFIX + (channel or f"{cls.__module__}.{cls.__name__}"), encode(event))

    def subscribe(self, callback: Callable[[Any], None], channel: Any = None) -> None:
        """Calls `callback(event)`, on a thread of the bus, for each event from now on.

        channel   a class, or a name; left out: the class that the callback's argument is annotated with
        """
        cls: Optional[type] = channel if isinstance(channel, type) else None
        if channel is None:
            hints = [hint for name, hint in get_type_hints(callback).items() if name != "return"]
            if not hints:
                raise ValueError("say which event: subscribe(callback, TheEvent), or annotate the callback's argument")
            cls = hints[0]
        name = f"{cls.__module__}.{cls.__name__}" if cls else str(channel)

        def deliver(message: Dict[str, Any]) -> None:
            callback(decode(message["data"], cls))

        self._listen(name, deliver)

    def unsubscribe(self, channel: Any) -> None:
        """Ends what subscribe or expose began for this class or name."""
        name = f"{channel.__module__}.{channel.__name__}" if isinstance(channel, type) else channel
        with self._changed:
            if self._handlers.pop(PREFIX + name, None):
                self._heard.discard(PREFIX + name)
                self._pubsub.unsubscribe(PREFIX + name)

    def queue(self, name: str) -> Queue:
        """The queue of this name."""
        return Queue(self._rds, name)

    def topic(self, name: str) -> Topic:
        """The channel of this name."""
        return Topic(self, name)

    def expose(self, function: Callable[..., Any], channel: Optional[str] = None) -> None:
        """Lets others call `function` by stub(), under `channel` or its qualified name."""
        name = channel or function.__qualname__

        def answer(message: Dict[str, Any]) -> None:
            request = json.loads(message["data"])
            fn, response_list, arguments = (request.get("__obj") or [None] * 3)[:3]
            try:
                result = function(*(arguments or []))
                response = [fn, result, type(result).__name__, False]
            except Exception as error:
                response = [fn, [str(argument) for argument in error.args], type(error).__name__, True]
            key = PREFIX + str(response_list)
            self._rds.lpush(key, json.dumps({"__obj": response, "__type": "pymq.core.RpcResponse"}))
            self._rds.expire(key, 300)

        self._listen(name, answer)

    def stub(self, name: str, timeout: float = 3, multi: bool = False) -> Callable[..., Any]:
        """A function that calls the remote function `name`: its result or, with `multi`, the list of all results, in which
        an exception stands for a receiver that failed or did not answer within `timeout` seconds."""

        def call(*arguments: Any) -> Any:
            response_list = f"__rpc_{uuid.uuid4()}"
            request = {"__obj": [name, response_list, list(arguments), {}], "__type": "pymq.core.RpcRequest"}
            receivers = self._rds.publish(PREFIX + name, json.dumps(request))
            answers: List[Any] = []
            for _ in range(receivers if multi else min(receivers, 1)):
                popped = self._rds.brpop(PREFIX + response_list, timeout)
                answers.append(_answer_of(popped[1]) if popped else Timeout(f"Gave up waiting after {timeout}"))
            if multi:
                return answers
            if answers and isinstance(answers[0], Exception):
                raise answers[0]
            return answers[0] if answers else None

        return call

    def close(self) -> None:
        """Ends the thread, and with it all subscriptions."""
        with self._changed:
            self._pubsub = None
            self._handlers.clear()
            self._heard.clear()

    def _listen(self, name: str, handler: Callable[[Dict[str, Any]], None]) -> None:
        """Returns once Redis has confirmed the subscription, so that what is published afterwards arrives."""
        channel = PREFIX + name
        with self._changed:
            if self._pubsub is None:
                self._pubsub = self._rds.pubsub()
                self._thread = None
            handlers = self._handlers.setdefault(channel, [])
            handlers.append(handler)
            if len(handlers) == 1:
                self._pubsub.subscribe(channel)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, args=(self._pubsub,), daemon=True, name="galileo-bus")
                self._thread.start()
            if threading.current_thread() is not self._thread:  # which alone could hear of it
                self._changed.wait_for(lambda: channel in self._heard, timeout=_CONFIRMED)

    def _run(self, pubsub: Any) -> None:
        while self._pubsub is pubsub:
            try:
                message = pubsub.get_message(timeout=0.1)
            except Exception:  # Redis is away: the package subscribes again when it is back
                _LOG.exception("the event bus has lost its connection")
                time.sleep(1)
                continue
            if message is not None:
                self._take(message)
        pubsub.close()

    def _take(self, message: Dict[str, Any]) -> None:
        with self._changed:
            if message["type"] == "subscribe":
                self._heard.add(message["channel"])
                self._changed.notify_all()
            handlers = list(self._handlers.get(message["channel"], ())) if message["type"] == "message" else []
        for handler in handlers:
            try:
                handler(message)
            except Exception:  # a bad message, or a callback's own mistake, must not end the bus
                _LOG.exception("message on %s", message["channel"])


def _answer_of(text: str) -> Any:
    value = json.loads(text)
    _, result, result_type, error = (value.get("__obj") or [None, None, None, False])[:4]
    if error:
        return GalileoError(f"{result_type}: {', '.join(map(str, result))}")
    return _as(_class_named(result_type), result)
