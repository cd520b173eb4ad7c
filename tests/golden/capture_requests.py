#!/usr/bin/python3
"""Captures what python-requests sends and makes of answers, as golden rows for our own requests.

    tests/golden/capture_requests.py [--write]

Prints the rows, one JSON object a line; with --write puts them into requests_golden.jsonl and
responses_golden.jsonl. The rows to capture stand in requests_cases.py and responses_cases.py. No request
leaves this machine: every connection goes to a recording server on loopback, which notes where it was meant to go.
Needs Debian's python3-requests; brotli and simplejson are kept away from it, for what it sends depends on them.
"""

import base64
import contextlib
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading

sys.modules["brotli"] = sys.modules["brotlicffi"] = sys.modules["simplejson"] = None

import requests  # noqa: E402
import urllib3  # noqa: E402

import requests_cases  # noqa: E402
import responses_cases  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent
BOUNDARY = "0123456789abcdef" * 2


class Recorder:
    """A server that notes each request and gives the prepared answers, one a connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sent, self.peers, self.answers = [], [], []
        self.served = threading.Semaphore(0)
        threading.Thread(target=self.serve, daemon=True).start()

    def begin(self, answers):
        self.sent, self.peers, self.answers = [], [], list(answers)

    def finish(self):
        """Waits until every connection has been read to its end: some rows fail without waiting for an answer."""
        for _ in self.peers:
            self.served.acquire(timeout=10)

    def connect(self, address, *_args, **_kwargs):
        self.peers.append("%s:%d" % address[:2])
        return socket.create_connection(self.listener.getsockname()[:2], 10)

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)  # some rows make the server wait for a body that never comes
                self.take(connection)
            self.served.release()

    def take(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        fields = [line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:]]
        fields = {name: value.strip() for name, value in fields}
        length = int(fields.get(b"content-length", 0))
        if fields.get(b"transfer-encoding") == b"chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += connection.recv(65536)
        else:
            while len(body) < length:
                body += connection.recv(65536)
            # A form without fields is followed by the last chunk of a body that was never announced: no part of
            # the message, and there or not as timing has it.
            body = body[:length]
        self.sent.append((head + b"\r\n\r\n" + body).decode("latin-1"))
        if head.startswith(b"CONNECT"):
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        connection.sendall(self.answers.pop(0) if self.answers else answer_bytes(200, []))


def answer_bytes(status, fields, body=b""):
    lines = [f"HTTP/1.1 {status} X"] + [f"{name}: {value}" for name, value in fields]
    lines += ["Connection: close", f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("utf-8") + body


def python_value(value):
    """JSON's stand-ins back to what they stand for."""
    if isinstance(value, dict):
        if list(value) == ["__bytes__"]:
            return base64.b64decode(value["__bytes__"])
        return {key: python_value(item) for key, item in value.items()}
    return [python_value(item) for item in value] if isinstance(value, list) else value


def arguments_of(row):
    """Method, URL and keyword arguments as the original makes them of a client's parameters."""
    parameters = row["parameters"] or {}
    kwargs = python_value(parameters.get("kwargs") or {})
    for key in ("auth", "timeout"):
        if isinstance(kwargs.get(key), list) and kwargs[key]:
            kwargs[key] = tuple(kwargs[key])
    path = parameters.get("path")
    return parameters.get("method") or "get", f"{row['scheme']}://{row['host']}{'/' if path is None else path}", kwargs


def set_environment(row, home):
    os.environ.clear()
    os.environ.update({"HOME": home, "PATH": "/usr/bin:/bin", **row["env"]})
    netrc = pathlib.Path(home, ".netrc")
    netrc.unlink(missing_ok=True)
    if row["netrc"] is not None:
        netrc.write_text(row["netrc"], encoding="utf-8")


def anonymous(text):
    for library in (f"python-requests/{requests.__version__}", f"python-urllib3/{urllib3.__version__}"):
        text = text.replace(library, "UA")
    return text


def capture_request(row, recorder, home):
    set_environment(row, home)
    recorder.begin(answer_bytes(status, fields) for status, fields in row["answers"])
    method, url, kwargs = arguments_of(row)
    error = None
    try:
        requests.request(method, url, **kwargs)
    except Exception as caught:  # whatever it is, the original counts status -1
        error = type(caught).__name__
    recorder.finish()
    if error is not None and recorder.sent and recorder.sent[0].startswith("CONNECT"):
        error = None
    return {**row, "sent": [anonymous(text) for text in recorder.sent], "peers": recorder.peers, "error": error}


def capture_response(row, recorder, home):
    set_environment({"env": {}, "netrc": None}, home)
    recorder.begin([answer_bytes(200, row["fields"], base64.b64decode(row["body"]))])
    response = requests.get("http://service.example/")
    recorder.finish()
    return {**row, "text": response.text.strip()}


def capture():
    recorder = Recorder()
    urllib3.util.connection.create_connection = recorder.connect
    urllib3.filepost.choose_boundary = lambda: BOUNDARY
    before = dict(os.environ)
    try:
        with tempfile.TemporaryDirectory() as home:
            return {
                "requests_golden.jsonl": [capture_request(row, recorder, home) for row in requests_cases.ROWS],
                "responses_golden.jsonl": [capture_response(row, recorder, home) for row in responses_cases.ROWS],
            }
    finally:
        os.environ.clear()
        os.environ.update(before)


def text_of(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    for file, rows in capture().items():
        if "--write" in sys.argv[1:]:
            (FOLDER / file).write_text(text_of(rows), encoding="utf-8")
        else:
            sys.stdout.write(text_of(rows))
