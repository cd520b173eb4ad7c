"""Who gets the requests of a real worker: balancers, draining under load, proxies of the environment."""

import http.server
import json
import threading

import pytest
import redis

from harness import wait_until
from run_kit import run, write

SPEC = """
targets: {{fast: {{latency: 1ms}}, slow: {{latency: 60ms}}}}
services: {{s: {{routes: ["target:fast", "target:slow"], balancer: {balancer}}}}}
workloads: [{{service: s, clients: 4, max: true, in_flight: 2}}]
duration: 3s
"""


def share_of_slow(galileo, directory, balancer: str) -> float:
    summary = run(galileo, write(directory, SPEC.format(balancer=balancer)), "--db", "db.sqlite")
    completed = sorted(host["requests"] for host in summary["hosts"].values())
    assert len(completed) == 2 and summary["failed"] == 0
    return completed[0] / sum(completed)


def test_balancers_that_look_at_load_spare_the_slow_host(galileo, tmp_path):
    assert share_of_slow(galileo, tmp_path, "weighted-round-robin") > 0.45
    assert share_of_slow(galileo, tmp_path, "least-latency") < 0.2
    assert share_of_slow(galileo, tmp_path, "power-of-two-choices") < 0.3


def test_unknown_balancer_is_refused(galileo, redis_server, tmp_path):
    finished = galileo.run("run", write(tmp_path, SPEC.format(balancer="fair")))
    assert finished.code == 104 and "power-of-two-choices" in finished.err
    server = redis_server()
    finished = galileo.run("worker", "--name", "w", "--redis", server.address, env={"galileo_balancer": "fair"})
    assert finished.code != 0 and "galileo_balancer: unknown balancer 'fair'; allowed are weighted-round-robin" in finished.err


@pytest.fixture
def worker(galileo, redis_server):
    """Starts one worker with an environment of its own; gives its Redis."""
    processes = []

    def start(**env: str):
        server = redis_server()
        processes.append(galileo.start("worker", "--name", "w", "--threads", 1, "--redis", server.address, env=env))
        client = redis.Redis(port=server.port, decode_responses=True)
        wait_until(lambda: client.exists("galileo:lease:worker:w"), "the worker")
        return server, client
    yield start
    for process in processes:
        process.kill()
        process.communicate()


def create_client(client, service: str, parameters: dict | None) -> list:
    """What a worker answers to `create_client`, called as the original does (contract 1.5): result, type, error."""
    command = ["w", [service, None, parameters, None], 1]
    request = {"__obj": ["WorkerDaemon.create_client:w", "__rpc_test", [command], {}], "__type": "pymq.core.RpcRequest"}
    assert client.publish("__eventbus:global:WorkerDaemon.create_client:w", json.dumps(request)) == 1
    answer = client.blpop("__eventbus:global:__rpc_test", timeout=10)
    assert answer is not None
    return json.loads(answer[1])["__obj"][1:]


def made_client(answer: list) -> str:
    result, _, failed = answer
    assert not failed, answer
    return result[0][0]


def set_workload(client, client_id: str, ia: float) -> None:
    command = {"__obj": [client_id, None, "constant", [ia]], "__type": "galileo.worker.api.SetWorkloadCommand"}
    client.publish("__eventbus:global:galileo.worker.api.SetWorkloadCommand", json.dumps(command))


class Recorder(http.server.ThreadingHTTPServer):
    """Notes the request lines it gets."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.lines.append(self.requestline)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.lines = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def recorder():
    made = []

    def make() -> Recorder:
        made.append(Recorder())
        return made[-1]
    yield make
    for server in made:
        server.shutdown()
        server.server_close()


def test_requests_go_through_the_proxy_of_the_environment(worker, recorder):
    proxy = recorder()
    _, client = worker(http_proxy=f"http://{proxy.host}", no_proxy="localhost")
    client.rpush("routing:hosts:s", "away.invalid:8080")
    client.rpush("routing:weights:s", "1")
    client.sadd("routing:services", "s")
    set_workload(client, made_client(create_client(client, "s", {"path": "/x y", "balancer": "weighted-random"})), 0.01)
    wait_until(lambda: len(proxy.lines) > 3, "requests at the proxy")
    assert set(proxy.lines) == {"GET http://away.invalid:8080/x%20y HTTP/1.1"}


def test_wrong_parameters_are_answered_with_what_is_allowed(worker):
    _, client = worker()
    answer = json.dumps(create_client(client, "s", {"balancer": "fair"}))
    assert "unknown balancer 'fair'; allowed are weighted-round-robin" in answer
    answer = json.dumps(create_client(client, "s", {"kwargs": {"bogus": 1}}))
    assert "unknown key 'bogus'; allowed are allow_redirects, auth" in answer


def test_drained_host_gets_nothing_until_it_is_taken_up_again(galileo, worker, recorder):
    first, second = recorder(), recorder()
    server, client = worker()

    def rtbl(*arguments: str) -> None:
        assert galileo.run("rtbl", *arguments, "--redis", server.address).code == 0
    rtbl("set", "s", f"{first.host}=1", f"{second.host}=1")
    set_workload(client, made_client(create_client(client, "s", None)), 0.005)
    wait_until(lambda: first.lines and second.lines, "requests at both")
    rtbl("drain", "s", first.host)
    seen = len(second.lines)
    wait_until(lambda: len(second.lines) > seen + 20, "the change to act")
    quiet = len(first.lines)
    wait_until(lambda: len(second.lines) > seen + 60, "more requests")
    assert len(first.lines) == quiet
    rtbl("undrain", "s", first.host)
    wait_until(lambda: len(first.lines) > quiet + 5, "requests at the first again")
