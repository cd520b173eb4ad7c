"""Runs client apps for a worker: executes each client's generator.py and hands over its requests.

Started by the worker as `python3 apphost.py FD`, FD being a connected socket. Both sides write lines.

From the worker, one JSON array a line:

    ["open", ID, {"name", "path", "manifest", "parameters"}]   execute the app for a new client
    ["next", ID, COUNT]                                        call next_request() COUNT times
    ["close", ID]                                              forget the client

To the worker, words and numbers separated by spaces, then what the line announces:

    opened ID                 the module has been executed and has a next_request()
    refused ID JSON           it could not be loaded: {"error", "traceback"}; the client is gone
    requests ID COUNT         COUNT lines follow, each a request [method, path, kwargs] as JSON
    failed ID JSON            next_request() raised, or gave something that is not a request; counts as one
    ended ID                  next_request() raised StopIteration: no more requests of this client

In requests, bytes are {"__bytes__": "<base64>"}, and tuples are lists. The end of the socket, or SIGTERM,
ends the process. Standard library only; Python 3.9 or later.
"""

import sys

if __name__ == "__main__":  # what lies beside this file must not hide modules of the same name
    sys.path[0] = __file__.rsplit("/", 2)[0] if __file__.count("/") > 1 else ".."

import base64
import json
import os
import queue
import signal
import socket
import threading
import time
import traceback
import types

PIECE_SECONDS = 0.001  # what a slow generator has made is handed over after this time
PIECE_BYTES = 1 << 20  # or when there is so much of it
TRACEBACK_LIMIT = 16000  # characters of a traceback that travel; the end matters most


class Context:
    """What an app's module finds in its global `context`."""

    def __init__(self, name, path, manifest, parameters):
        self.name = name  # of the app's directory
        self.path = path  # of that directory, absolute
        self.manifest = manifest  # manifest.yml as a dictionary
        self.parameters = parameters  # dictionary from the client's configuration

    def __repr__(self):
        return f"Context(name={self.name!r}, path={self.path!r}, parameters={self.parameters!r})"


class NotARequest(TypeError):
    """next_request() returned something else than (method, path, kwargs)."""


def encode_special(value):
    """What JSON does not know, for the encoder: bytes, and files as their content."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"__bytes__": base64.b64encode(value).decode("ascii")}
    if hasattr(value, "read"):
        content = value.read()
        return content if isinstance(content, str) else encode_special(content)
    raise TypeError(f"{type(value).__name__} cannot be sent: {value!r:.100}")


encode = json.JSONEncoder(default=encode_special, check_circular=False).encode


def request_line(request):
    """A request as a line of JSON; NotARequest, TypeError or ValueError when it cannot be one."""
    if not isinstance(request, tuple) or len(request) != 3:
        raise NotARequest(f"next_request() must return a tuple (method, path, kwargs), not {request!r:.200}")
    method, path, kwargs = request
    if kwargs:
        if not isinstance(kwargs, dict):
            raise NotARequest(f"kwargs must be a dictionary or None, not {kwargs!r:.200}")
    else:
        kwargs = None
    return encode((method, path, kwargs))


def account(error):
    """What the worker logs, or tells whoever wanted the client."""
    text = "".join(traceback.format_exception(type(error), error, without_own_frames(error.__traceback__)))
    return json.dumps({"error": f"{type(error).__name__}: {error}"[:2000], "traceback": text[-TRACEBACK_LIMIT:].rstrip()})


def without_own_frames(frames):
    """The part of a traceback that is the app's, where it has one."""
    own = frames
    while own is not None and own.tb_frame.f_code.co_filename == __file__:
        own = own.tb_next
    return own or frames


class Channel:
    """The socket to the worker; lines may be sent from any thread."""

    def __init__(self, connection):
        self.connection = connection
        self.lock = threading.Lock()

    def send(self, text):
        data = text.encode("utf-8", "replace")
        with self.lock:
            self.connection.sendall(data)


class Client(threading.Thread):
    """One client: its module is executed, and its next_request() called, on this thread alone."""

    def __init__(self, identity, app, channel):
        super().__init__(name=f"client-{identity}", daemon=True)
        self.identity = identity
        self.app = app
        self.channel = channel
        self.commands: queue.SimpleQueue = queue.SimpleQueue()  # counts of requests; None: the end
        self.closed = False

    def run(self):
        try:
            self.serve()
        except OSError:  # the worker is gone, and so will be this process
            pass

    def serve(self):
        try:
            next_request = self.load()
        except BaseException as error:  # SystemExit too: an app must not end the others
            self.channel.send(f"refused {self.identity} {account(error)}\n")
            return
        self.channel.send(f"opened {self.identity}\n")
        while True:
            count = self.commands.get()
            if count is None or not self.produce(next_request, count):
                return

    def load(self):
        context = Context(self.app["name"], self.app["path"], self.app["manifest"], self.app["parameters"] or {})
        path = os.path.join(context.path, "generator.py")
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec")
        module = types.ModuleType("galileo.clients." + context.name)
        module.__file__ = path
        module.context = context  # type: ignore[attr-defined]
        sys.modules[module.__name__] = module  # dataclasses and pickle look there
        exec(code, module.__dict__)
        next_request = getattr(module, "next_request", None)
        if not callable(next_request):
            raise AttributeError(f"{path} defines no function next_request()")
        return next_request

    def produce(self, next_request, count):
        """Makes `count` requests and hands them over in pieces; False when there will be no more."""
        lines: list[str] = []
        size = 0
        handed_over = time.perf_counter()
        for _ in range(count):
            if self.closed:
                return False
            try:
                line = request_line(next_request())
            except StopIteration:
                self.hand_over(lines, f"ended {self.identity}\n")
                return False
            except BaseException as error:
                self.hand_over(lines, f"failed {self.identity} {account(error)}\n")
                lines = []
                size = 0
                continue
            lines.append(line)
            size += len(line)
            now = time.perf_counter()
            if now - handed_over > PIECE_SECONDS or size > PIECE_BYTES:
                self.hand_over(lines)
                lines = []
                size = 0
                handed_over = now
        self.hand_over(lines)
        return True

    def hand_over(self, lines, more=""):
        if lines:
            lines.append("")
            more = f"requests {self.identity} {len(lines) - 1}\n" + "\n".join(lines) + more
        if more:
            self.channel.send(more)


def serve(connection):
    """Obeys the worker until it closes the socket."""
    channel = Channel(connection)
    clients = {}
    with connection.makefile("r", encoding="utf-8", newline="\n") as commands:
        for line in commands:
            verb, identity, *more = json.loads(line)
            if verb == "open":
                clients[identity] = Client(identity, more[0], channel)
                clients[identity].start()
            elif identity in clients:
                client = clients[identity]
                client.commands.put(more[0] if verb == "next" else None)
                if verb == "close":
                    client.closed = True
                    del clients[identity]


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which then ends us
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)
    threading.stack_size(1 << 20)  # there may be thousands of clients
    sys.setswitchinterval(0.001)  # a busy generator must not keep the others waiting for long
    try:
        serve(socket.socket(fileno=descriptor))
    except (OSError, ValueError):
        pass
    sys.stdout.flush()
    os._exit(0)  # whatever the apps' threads do


if __name__ == "__main__":
    main()
