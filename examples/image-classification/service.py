#!/usr/bin/python3
"""A service that says which digit is on an image, with the REST API of the MXNet model server.

    ./service.py [--host 127.0.0.1] [--port 8080] [--management-port 8081]

    GET  /ping                  {"health": "healthy!"}
    POST /predictions/<model>   an image as the body; the five most likely classes
    GET  /models                (management port) what models there are
    GET  /models/<model>        (management port) more about one

Runs until Ctrl-C or SIGTERM. Needs Python 3.9 and nothing else. Port 0 takes a free one, which is printed.
"""

import argparse
import http.server
import json
import pathlib
import re
import signal
import threading

from digits import BadImage, Model, from_pgm

MODELS = pathlib.Path(__file__).parent / "models"
BODY_MAX = 6_553_500  # bytes, as the model server has it
TOP = 5


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536  # head and body leave in one segment
    timeout = 60  # seconds that an idle connection stays
    routes: list = []  # (method, path, name of the method of ours)

    def do_GET(self) -> None:
        self.route()

    do_POST = do_PUT = do_DELETE = do_GET

    def route(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            self.refuse(411, "LengthRequiredException", "Content-Length is missing or wrong")
            self.close_connection = True
            return
        if int(length) > BODY_MAX:
            self.refuse(413, "RequestEntityTooLargeException", f"The body may have {BODY_MAX} bytes")
            self.close_connection = True
            return
        body = self.rfile.read(int(length))
        path = self.path.split("?")[0]
        other_method = False
        for method, pattern, name in self.routes:
            if match := re.fullmatch(pattern, path):
                if method == self.command:
                    getattr(self, name)(*match.groups(), body=body)
                    return
                other_method = True
        if other_method:
            self.refuse(405, "MethodNotAllowedException", "Requested method is not allowed, please refer to API document.")
        else:
            self.refuse(404, "ResourceNotFoundException", "Requested resource is not found, please refer to API document.")

    def answer(self, status: int, content: object) -> None:
        text = json.dumps(content, indent=2).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def refuse(self, status: int, kind: str, message: str) -> None:
        self.answer(status, {"code": status, "type": kind, "message": message})

    def model(self, name: str):
        found = self.server.models.get(name)
        if found is None:
            self.refuse(404, "ModelNotFoundException", f"Model not found: {name}")
        return found

    def log_message(self, *_: object) -> None:
        pass  # load tests would drown in it


class Inference(Handler):
    routes = [("GET", "/ping", "ping"), ("POST", "/predictions/([^/]+)", "predict")]

    def ping(self, *, body: bytes) -> None:
        self.answer(200, {"health": "healthy!"})

    def predict(self, name: str, *, body: bytes) -> None:
        model = self.model(name)
        if model is None:
            return
        try:
            image = from_pgm(body)
        except BadImage as problem:
            self.refuse(400, "BadRequestException", str(problem))
            return
        self.answer(200, [{"probability": probability, "class": label} for label, probability in model.classify(image)[:TOP]])


class Management(Handler):
    routes = [("GET", "/models", "list"), ("GET", "/models/([^/]+)", "describe")]

    def list(self, *, body: bytes) -> None:
        self.answer(200, {"models": [{"modelName": name, "modelUrl": f"{name}.json"} for name in self.server.models]})

    def describe(self, name: str, *, body: bytes) -> None:
        model = self.model(name)
        if model is not None:
            self.answer(200, {"modelName": name, "modelUrl": f"{name}.json", "runtime": "python",
                              "layers": [len(bias) for _, bias in model.layers], "classes": model.classes})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address: tuple, handler: type, models: dict):
        super().__init__(address, handler)
        self.models = models


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--management-port", type=int, default=8081)
    options = parser.parse_args()
    models = {path.stem: Model.load(path) for path in sorted(MODELS.glob("*.json"))}
    servers = [Server((options.host, options.port), Inference, models),
               Server((options.host, options.management_port), Management, models)]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    for server, what in zip(servers, ("predictions", "management")):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"{what} on http://{options.host}:{server.server_address[1]}", flush=True)
    stop.wait()
    for server in servers:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
