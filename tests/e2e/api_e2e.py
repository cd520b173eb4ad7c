"""The REST API row by row (contract 6, 11.18): status, headers, body."""

import json
import re
import sqlite3
import time

import pytest

from api_kit import Answer, Api, app, experiment, packed
from harness import Program, RedisServer, wait_until

QUEUE = "__eventbus:global:galileo:experiments:queue"
ROUTES = {"/api": "GET", "/api/worker": "GET", "/api/services": "GET", "/api/experiments": "GET, POST",
          "/api/experiments/some": "DELETE, GET", "/api/apps": "GET, POST", "/api/apps/some": "DELETE, GET",
          "/api/apps/some/download": "GET", "/api/policies/balancing": "GET"}


def check_json(answer: Answer, status: int, body: bytes) -> None:
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


def check_empty(answer: Answer, status: int) -> None:
    assert (answer.status, answer.body, answer.headers["content-length"]) == (status, b"", "0")
    assert answer.headers["access-control-allow-origin"] == "*"


def check_error(answer: Answer, status: int, title: str, description: str) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json" and answer.headers["vary"] == "Accept"
    assert answer.headers["access-control-allow-origin"] == "*"
    said = answer.json()
    assert isinstance(said, dict) and said["title"] == title
    assert description in said.get("description", "")


def test_list_of_routes(api: Api) -> None:
    check_json(api.get("/api"), 200, (
        b'[{"uri": "/api/apps/{app_name}/download", "type": "RepositoryResource"}, '
        b'{"uri": "/api/experiments/{exp_id}", "type": "ExperimentResource"}, '
        b'{"uri": "/api/services", "type": "ServicesResource"}, {"uri": "/api/worker", "type": "WorkerResource"}]'))


def test_workers_and_services(api: Api, server: RedisServer) -> None:
    check_json(api.get("/api/worker"), 200, b"[]")
    check_json(api.get("/api/services"), 200, b'[{"name": "mxnet-model-server"}]')
    check_json(api.get("/api/policies/balancing"), 200, b"[]")
    server.client.sadd("galileo:workers", "w1")
    server.client.sadd("routing:services", "mxnet-model-server", "echo", "alexnet")
    check_json(api.get("/api/worker"), 200, b'["w1"]')
    check_json(api.get("/api/services?any=query"), 200, b'[{"name": "mxnet-model-server"}, {"name": "alexnet"}, {"name": "echo"}]')


def test_what_every_route_says_to_other_methods(api: Api) -> None:
    for path, methods in ROUTES.items():
        answer = api.call("OPTIONS", path)
        check_empty(answer, 200)
        assert answer.headers["allow"] == methods
        for method in ("PUT", "PATCH", "HEAD", "TRACE", "BREW"):
            answer = api.call(method, path)
            check_empty(answer, 405)
            assert answer.headers["allow"] == methods + ", OPTIONS"
        check_empty(api.get(path + "/"), 404)


def test_preflight(api: Api) -> None:
    for path, methods in ROUTES.items():
        answer = api.call("OPTIONS", path, Origin="http://elsewhere.example", Access_Control_Request_Method="POST",
                          Access_Control_Request_Headers="content-type,x-any")
        check_empty(answer, 200)
        assert answer.headers["access-control-allow-methods"] == methods
        assert answer.headers["access-control-allow-headers"] == "content-type,x-any"
        assert answer.headers["access-control-max-age"] == "86400" and "allow" not in answer.headers
    answer = api.call("OPTIONS", "/api/apps", Access_Control_Request_Method="POST")
    assert answer.headers["access-control-allow-headers"] == "*"


def test_unknown_routes(api: Api) -> None:
    for path in ("/api/hosts", "/api/nosuch", "/api/experiments/a/b", "/api//worker", "/API/worker", "/api/../api/worker",
                 "/api/apps/%2e%2e%2fx/../worker", "/api/%", "/api/experiments/%zz"):
        for method in ("GET", "POST", "OPTIONS"):
            answer = api.call(method, path, Access_Control_Request_Method="GET")
            check_empty(answer, 404)
            assert {name for name in answer.headers if name.startswith("access-control")} == {"access-control-allow-origin"}
    for path in ("/", "/favicon.ico", "/services", "/policies/balancing", "*", "http://localhost/api"):
        assert api.get(path).status == 404


def test_queueing_an_experiment(api: Api, server: RedisServer) -> None:
    check_error(api.post("/api/experiments", experiment()), 503, "no available hosts to execute the experiment", "")
    assert api.get("/api/experiments").json() == [], "nothing is left of what was refused"
    server.client.sadd("galileo:workers", "w1")
    body = {"experiment": {"name": "my_experiment", "creator": "research star"}, "configuration": {
        "duration": "10s", "interval": "2s", "workloads": [
            {"service": "alexnet", "ticks": [1, 2, 3, 1, 1], "clients_per_host": 2, "arrival_pattern": "Constant", "client": "app",
             "client_parameters": {"size": "small"}}]}}
    before = time.time()
    answer = api.post("/api/experiments", body, Content_Type="application/json; charset=UTF-8", Origin="http://localhost:4200")
    exp_id = answer.json()
    check_json(answer, 200, json.dumps(exp_id).encode())
    assert re.fullmatch(r"\d{12}-[0-9a-f]{4}", str(exp_id))
    item = json.loads(server.client.lindex(QUEUE, 0))
    created = item["__obj"][0]["created"]
    assert before - 1 < created < time.time() + 1
    row = {"id": exp_id, "name": "my_experiment", "creator": "research star", "start": None, "end": None, "created": created,
           "status": "QUEUED"}
    assert item == {"__obj": [row, [10, 2, [["alexnet", [1, 2, 3, 1, 1], 2, "Constant", "app", {"size": "small"}]]]],
                    "__type": "galileodb.model.QueuedExperiment"}
    check_json(api.get(f"/api/experiments/{exp_id}"), 200, json.dumps(row).encode())
    check_json(api.get("/api/experiments"), 200, json.dumps([row]).encode())
    check_empty(api.get("/api/experiments/nosuch"), 404)
    check_empty(api.call("DELETE", "/api/experiments/nosuch"), 404)
    check_json(api.call("DELETE", f"/api/experiments/{exp_id}"), 200, json.dumps(exp_id).encode())
    assert server.client.llen(QUEUE) == 0 and api.get("/api/experiments").json() == []


def test_an_id_that_exists_is_queued_again(api: Api, server: RedisServer) -> None:
    server.client.sadd("galileo:workers", "w1")
    for name in ("first", "again"):
        check_json(api.post("/api/experiments", {**experiment(), "experiment": {"id": "fixed", "name": name, "status": "FINISHED"}}),
                   200, b'"fixed"')
    rows = api.get("/api/experiments").json()
    assert isinstance(rows, list) and [(row["name"], row["status"]) for row in rows] == [("again", "QUEUED")]
    assert server.client.llen(QUEUE) == 2
    check_json(api.call("DELETE", "/api/experiments/fixed"), 200, b'"fixed"')
    assert server.client.llen(QUEUE) == 0, "both items are taken out"


def test_deleting_rows_of_every_status(api: Api, server: RedisServer) -> None:
    with sqlite3.connect(api.database) as database:
        for status in ("queued", "QUEUED", "IN_PROGRESS", "RUNNING", "FINISHED", "FAILED"):
            database.execute("INSERT INTO experiments (EXP_ID, STATUS) VALUES (?, ?)", (f"x{status}", status))
    for status in ("queued", "QUEUED", "IN_PROGRESS", "RUNNING", "FINISHED", "FAILED"):
        check_json(api.call("DELETE", f"/api/experiments/x{status}"), 200, f'"x{status}"'.encode())
    assert api.get("/api/experiments").json() == []


def test_an_experiment_that_is_in_progress_is_not_queued_again(api: Api, server: RedisServer) -> None:
    server.client.sadd("galileo:workers", "w1")
    with sqlite3.connect(api.database) as database:
        database.execute("INSERT INTO experiments (EXP_ID, STATUS) VALUES ('busy', 'IN_PROGRESS')")
    check_error(api.post("/api/experiments", experiment("busy")), 409, "Conflict", "in progress")
    assert server.client.llen(QUEUE) == 0


def test_rejected_bodies_leave_nothing(api: Api, server: RedisServer) -> None:
    server.client.sadd("galileo:workers", "w1")
    post = lambda data, **headers: api.call("POST", "/api/experiments", data, **headers)  # noqa: E731
    check_error(post(b""), 400, "Invalid JSON", "Could not parse an empty JSON body")
    check_error(post(b"{"), 400, "Invalid JSON", "Could not parse JSON body - ")
    check_error(post(b"\xff\xfe{}"), 400, "Invalid JSON", "Could not parse JSON body - ")
    check_error(post(b"[" * 100_000), 400, "Invalid JSON", "Could not parse JSON body - ")
    check_error(post(b"{}", Content_Type="text/plain"), 415, "Unsupported media type", "text/plain is an unsupported media type.")
    for body in ({}, [], 5, None, {"configuration": None}, {"experiment": None, **experiment()},
                 {**experiment(), "experiment": {"colour": "red"}}, {**experiment(), "more": 1},
                 {"configuration": {"duration": 1, "interval": "1s", "workloads": []}},
                 {"configuration": {"duration": "abc", "interval": "1s", "workloads": []}},
                 {"configuration": {"duration": "1s", "interval": "1s", "workloads": [{"service": "echo"}]}}):
        check_error(post(json.dumps(body).encode()), 400, "Invalid experiment", "")
    assert api.get("/api/experiments").json() == [] and server.client.llen(QUEUE) == 0


@pytest.mark.parametrize("duration, seconds", [("1m30s", 90), ("30", 30), ("2min", 120), ("1.5s", 5), ("1s2s", 2), ("1h", 3600)])
def test_durations(api: Api, server: RedisServer, duration: str, seconds: int) -> None:
    server.client.sadd("galileo:workers", "w1")
    workload = {"service": "echo", "ticks": [1] * seconds, "clients_per_host": "3", "arrival_pattern": "Constant"}
    answer = api.post("/api/experiments", {"configuration": {"duration": duration, "interval": "1", "workloads": [workload]}})
    assert answer.status == 200, answer.body
    assert json.loads(server.client.lindex(QUEUE, 0))["__obj"][1] == [seconds, 1, [["echo", [1] * seconds, 3, "Constant", "", {}]]]


def test_apps(api: Api) -> None:
    check_json(api.get("/api/apps"), 200, b"[]")
    check_empty(api.get("/api/apps/testapp2"), 404)
    archive = app("testapp2")
    for headers in ({}, {"Content_Type": "application/zip"}, {"Content_Type": "application/x-www-form-urlencoded"}):
        check_json(api.call("POST", "/api/apps", archive, **headers), 201, b'{"name": "testapp2", "manifest": {"name": "testapp2"}}')
    check_json(api.get("/api/apps/testapp2"), 200, b'{"name": "testapp2", "manifest": {"name": "testapp2"}}')
    api.call("POST", "/api/apps", app("other", version=1.5, tested="yes"))
    check_json(api.get("/api/apps"), 200, b'[{"name": "other", "manifest": {"name": "other", "version": 1.5, "tested": true}}, '
                                          b'{"name": "testapp2", "manifest": {"name": "testapp2"}}]')
    answer = api.get("/api/apps/testapp2/download")
    assert (answer.status, answer.body) == (200, archive)
    assert answer.headers["content-type"] == "application/zip" and answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-disposition"] == 'attachment; filename="testapp2.zip"'
    assert (api.repository / "testapp2.zip").read_bytes() == archive
    check_empty(api.get("/api/apps/nosuch/download"), 404)
    check_json(api.call("DELETE", "/api/apps/testapp2"), 200, b"true")
    check_json(api.call("DELETE", "/api/apps/testapp2"), 200, b"false")
    check_empty(api.get("/api/apps/testapp2/download"), 404)


def test_the_repository_is_a_directory_of_archives(api: Api) -> None:
    """Shared with the original's API: archives under any name, broken ones among them."""
    api.repository.mkdir()
    (api.repository / "by-hand.zip").write_bytes(app("myapp"))
    (api.repository / "broken.zip").write_bytes(b"PK\x03\x04 nonsense")
    (api.repository / "nested.zip").write_bytes(packed({"myapp/manifest.yml": "name: nested\n"}))
    assert api.get("/api/apps").json() == [{"name": "myapp", "manifest": {"name": "myapp"}}]
    assert api.get("/api/apps/myapp/download").headers["content-disposition"] == 'attachment; filename="by-hand.zip"'
    check_json(api.call("DELETE", "/api/apps/myapp"), 200, b"true")
    assert sorted(path.name for path in api.repository.iterdir()) == ["broken.zip", "nested.zip"]


def test_health(api: Api) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}


def test_the_database_is_made_at_start(api: Api) -> None:
    with sqlite3.connect(api.database) as database:
        assert database.execute("SELECT count(*) FROM experiments").fetchone() == (0,)


def test_while_redis_is_away(api: Api, server: RedisServer) -> None:
    server.stop()
    for path in ("/api/worker", "/api/services"):
        check_error(api.get(path), 503, "Service unavailable", "")
    check_error(api.post("/api/experiments", experiment()), 503, "Service unavailable", "")
    check_json(api.get("/api/experiments"), 200, b"[]")
    assert api.get("/healthz").status == 200


def test_deleting_a_running_experiment_stops_it(galileo: Program, api: Api, server: RedisServer, target) -> None:
    service = target()
    server.client.rpush("routing:hosts:echo", service.authority)
    server.client.rpush("routing:weights:echo", "1")
    server.client.sadd("routing:services", "echo")
    worker = galileo.start("worker", "--name", "w1", env={**api.environment, "galileo_trace_logging": "redis"})
    daemon = galileo.start("experimentd", "--name", "d1", env=api.environment)
    try:
        wait_until(lambda: api.get("/api/worker").json() == ["w1"], "the worker")
        workload = {"service": "echo", "ticks": [50] * 600, "clients_per_host": 2, "arrival_pattern": "Constant"}
        body = {"experiment": {"id": "long"}, "configuration": {"duration": "10m", "interval": "1s", "workloads": [workload]}}
        assert api.post("/api/experiments", body).status == 200
        wait_until(lambda: service.stats()["requests"] > 20, "some requests")
        begin = time.monotonic()
        check_json(api.call("DELETE", "/api/experiments/long"), 200, b'"long"')
        assert time.monotonic() - begin < 6, "the original's dashboard gives up then"
        wait_until(lambda: server.client.smembers("galileo:worker:w1:clients") == set(), "no client is left")
        before = service.stats()["requests"]
        time.sleep(0.5)
        assert service.stats()["requests"] == before
        check_empty(api.get("/api/experiments/long"), 404)
    finally:
        for process in (daemon, worker):
            process.terminate()
        for process in (daemon, worker):
            assert Program.finish(process).code == 0


def test_quick_while_much_is_asked(api: Api) -> None:
    """The dashboard's limit is 6 s for every call."""
    import concurrent.futures

    def ask(_: int) -> float:
        begin = time.monotonic()
        assert api.get("/api/experiments").status == 200
        return time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert max(pool.map(ask, range(1000))) < 6
