"""Contract 11.17: what the driver `mixed` sends to InfluxDB 2, read by a parser of its own, is what contract 5.4 says."""

import contextlib
import http.server
import json
import re
import urllib.parse
from typing import Iterator, NamedTuple, Optional

import pytest
from harness import serving, wait_until
from mariadb_kit import MariadbServer

from pymq_client import Listener

TOKEN = "geheim-3141"


class Point(NamedTuple):
    measurement: str
    tags: dict[str, str]
    fields: dict[str, "str | float"]
    time_ms: int


def parse(line: str) -> Point:
    """One line of line protocol. A backslash takes the meaning from `,`, `=` and space; elsewhere it is itself."""
    key, fields, time_ms = re.fullmatch(r'((?:\\.|[^\\ ])+) ((?:[^" ]|"(?:\\.|[^"\\])*")+) (-?\d+)', line, re.DOTALL).groups()
    measurement, *tags = re.findall(r"(?:\\.|[^\\,])+", key)
    named = dict(re.fullmatch(r"((?:\\.|[^\\=])+)=((?:\\.|[^\\=])+)", tag).groups() for tag in tags)
    values: dict = {}
    for name, text, number in re.findall(r'(\w+)=(?:"((?:\\.|[^"\\])*)"|([^,"]+))', fields, re.DOTALL):
        values[name] = float(number) if number else re.sub(r'\\(["\\])', r"\1", text)
    return Point(measurement, {name: re.sub(r"\\([,= ])", r"\1", value) for name, value in named.items()}, values, int(time_ms))


class InfluxServer(http.server.ThreadingHTTPServer):
    """Buckets and the lines in them; `failing` answers with that status instead, for as long as it is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), InfluxHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.buckets: dict[str, list[Point]] = {}
        self.asked: list[str] = []
        self.tokens: set[Optional[str]] = set()
        self.failing: Optional[int] = None
        self.failed = 0


class InfluxHandler(http.server.BaseHTTPRequestHandler):
    server: InfluxServer
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.tokens.add(self.headers.get("Authorization"))
        if self.server.failing and url.path == "/api/v2/write":
            self.server.failed += 1
            return self.answer(self.server.failing, {"code": "unavailable", "message": "come back later"})
        buckets = self.server.buckets
        if (self.command, url.path) == ("GET", "/api/v2/orgs"):
            return self.answer(200, {"orgs": [{"id": "0123456789abcdef", "name": query["org"]}]})
        if (self.command, url.path) == ("POST", "/api/v2/buckets"):
            wanted = json.loads(body)
            assert wanted == {"orgID": "0123456789abcdef", "name": wanted["name"], "retentionRules": []}
            buckets[wanted["name"]] = []
            return self.answer(201, {"id": f"id-{wanted['name']}"})
        if (self.command, url.path) == ("GET", "/api/v2/buckets"):
            return self.answer(200, {"buckets": [{"id": f"id-{name}", "name": name} for name in buckets if name == query["name"]]})
        if (self.command, url.path) == ("POST", "/api/v2/write"):
            assert query["precision"] == "ms" and query["org"] == "galileo"
            buckets[query["bucket"]] += [parse(line) for line in body.rstrip("\n").split("\n")]
            return self.answer(204)
        if self.command == "DELETE" and url.path.startswith("/api/v2/buckets/id-"):
            del buckets[url.path.removeprefix("/api/v2/buckets/id-")]
            return self.answer(204)
        return self.answer(404, {"message": "no such path"})

    do_GET = do_POST = do_DELETE = serve

    def answer(self, status: int, body: Optional[dict] = None) -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def influx() -> Iterator[InfluxServer]:
    server = InfluxServer()
    with serving(server):
        yield server


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariadbServer]:
    server = MariadbServer()
    yield server
    server.stop()


def variables(mariadb: MariadbServer, influx: InfluxServer, database: str) -> dict[str, str]:
    mariadb.make(database)
    return {**mariadb.environment(database), "galileo_expdb_driver": "mixed", "galileo_expdb_influxdb_url": influx.url,
            "galileo_expdb_influxdb_token": TOKEN}


def test_captured_lines_are_read():
    """The parser, on the lines of contract 5.4."""
    assert parse("telemetry,exp_id=exp1,metric=cpu,node=n1,ts=1700000000.5 value=12.5 1700000000500") == Point(
        "telemetry", {"exp_id": "exp1", "metric": "cpu", "node": "n1", "ts": "1700000000.5"}, {"value": 12.5}, 1700000000500)
    assert parse(r'events,exp_id=exp1,name=pod/running,ts=1700000000.0 value="{\"a\": \"b c\"}" 1700000000000').fields == {
        "value": '{"a": "b c"}'}
    assert parse(r'traces,client=zone-a-1:s:0,headers={"X-A":\ "b\,\ c\=d"},response=line1\nline2,status=200 request_id="abc:1" 1').tags == {
        "client": "zone-a-1:s:0", "headers": '{"X-A": "b, c=d"}', "response": "line1\\nline2", "status": "200"}


def test_what_a_recorder_writes(make_cluster, echo, mariadb, influx):
    cluster = make_cluster()
    bus = cluster.bus
    env = variables(mariadb, influx, "mixed")
    cluster.worker("w1", env={"galileo_trace_logging": "redis"})
    node = Listener(cluster.redis, "telemcmd/node1")  # as telemd registers
    cluster.redis.hset("telemd.info:node1", mapping={"arch": "x86_64"})
    lines = Listener(cluster.redis, "galileo/results/traces")
    recorder = cluster.program.start("recorder", "--redis", cluster.server.address, "--name", "night", env=env)
    exp_id = recorder.stdout.readline().strip()
    (odd,) = bus.spawn("w1", "echo", parameters={"path": "/x?odd"})
    (lost,) = bus.spawn("w1", "unrouted")
    done = bus.listen("WorkloadDoneEvent")
    for one in (odd, lost):
        bus.workload(one, 5, "constant", [0.01])
    done.wait(2)
    done.close()
    for event in ("1795487324.4571881 foo", '1795487324.5 pod/running {"a": "b, c=d", "e": "\\\\"}'):
        cluster.redis.publish("galileo/events", event)
    for channel, payload in (("cpu", "1795488056.268946190 12.5"), ("docker_cgrp_net/abc/eth0/rx", "1795488056.168946190 80.000000")):
        cluster.redis.publish(f"telem/node1/{channel}", payload)
    assert bus.publish("PauseTracingCommand") == 1
    bus.ping()
    recorder.terminate()
    finished = cluster.program.finish(recorder)
    account = json.loads(finished.out)
    assert (finished.code, account["traces"], account["lost"], account["refused"]) == (0, 10, 0, 0), finished.err
    assert TOKEN not in finished.out + finished.err and influx.tokens == {f"Token {TOKEN}"}
    node.close()

    assert list(influx.buckets) == [exp_id]
    points = influx.buckets[exp_id]
    assert sorted((point for point in points if point.measurement == "telemetry"), key=lambda point: point.time_ms) == [
        Point("telemetry", {"exp_id": exp_id, "node": "node1", "metric": "docker_cgrp_net", "subsystem": "abc/eth0/rx",
                            "ts": "1795488056.1689463"}, {"value": 80.0}, 1795488056168),
        Point("telemetry", {"exp_id": exp_id, "node": "node1", "metric": "cpu", "ts": "1795488056.2689462"}, {"value": 12.5}, 1795488056268)]
    assert [point for point in points if point.measurement == "events"] == [
        Point("events", {"exp_id": exp_id, "name": "foo", "ts": "1795487324.4571881"}, {"value": ""}, 1795487324457),
        Point("events", {"exp_id": exp_id, "name": "pod/running", "ts": "1795487324.5"}, {"value": '{"a": "b, c=d", "e": "\\\\"}'}, 1795487324500)]

    lines.poll()
    published = {line.split(",")[0]: line.split(",", 10) for line in lines.payloads}
    lines.close()
    traces = {point.fields["request_id"]: point for point in points if point.measurement == "traces"}
    assert len(traces) == 10 and traces.keys() == published.keys()
    for request_id, point in traces.items():
        _, client, service, created, sent, ended, status, server, _, headers, response = published[request_id]
        assert (point.tags["client"], point.tags["service"], point.tags["status"], point.tags["exp_id"]) == (client, service, status, exp_id)
        assert [float(point.tags[name]) for name in ("created", "sent", "done")] == pytest.approx([float(created), float(sent), float(ended)], abs=1e-6)
        assert list(point.fields) == ["request_id"]
        if client == lost:
            assert point.tags.keys() == {"client", "service", "created", "sent", "done", "status", "exp_id"}
            assert point.tags["sent"] == "-1.0" and point.time_ms == int(float(point.tags["created"]) * 1000)  # where readers look
        else:
            assert (point.tags["server"], point.tags["response"]) == (server, response)
            assert json.loads(point.tags["headers"]) == json.loads(headers.replace("|", ",")) and point.time_ms == int(float(point.tags["sent"]) * 1000)

    with contextlib.closing(mariadb.connect("mixed")) as connection, connection.cursor() as cursor:
        for table, rows in (("experiments", 1), ("metadata", 1), ("nodeinfo", 1), ("telemetry", 0), ("events", 0), ("traces", 0)):
            cursor.execute(f"SELECT EXP_ID FROM {table}")
            assert cursor.fetchall() == ((exp_id,),) * rows, table

    program = cluster.program
    assert exp_id in program.run("exp", "ls", env=env).out
    refused = program.run("exp", "export", exp_id, env=env)
    assert refused.code == 2 and f"bucket {exp_id}" in refused.err and "Flux" in refused.err and TOKEN not in refused.err
    assert program.run("exp", "rm", exp_id, "--yes", env=env).code == 0
    assert influx.buckets == {} and exp_id not in program.run("exp", "ls", env=env).out


def test_nothing_is_lost_while_influx_is_away(make_cluster, echo, mariadb, influx):
    cluster = make_cluster()
    env = variables(mariadb, influx, "patient")
    cluster.worker("w1", env={"galileo_trace_logging": "redis"})
    recorder = cluster.program.start("recorder", "--redis", cluster.server.address, env=env)
    exp_id = recorder.stdout.readline().strip()
    (one,) = cluster.bus.spawn("w1", "echo")
    influx.failing = 429
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 50, "constant", [0.001])
    done.wait(1)
    done.close()
    wait_until(lambda: influx.failed >= 2, "two tries")
    influx.failing = None
    assert cluster.bus.publish("PauseTracingCommand") == 1
    cluster.bus.ping()
    recorder.terminate()
    finished = cluster.program.finish(recorder)
    account = json.loads(finished.out)
    assert (finished.code, account["traces"], account["lost"], account["refused"]) == (0, 50, 0, 0), finished.err
    assert len({point.fields["request_id"] for point in influx.buckets[exp_id]}) == 50


def test_a_wrong_token_is_said_at_once(make_cluster, mariadb):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unauthorised)
    with serving(server):
        cluster = make_cluster()
        mariadb.make("denied")
        env = {**mariadb.environment("denied"), "galileo_expdb_driver": "mixed", "galileo_expdb_influxdb_token": TOKEN,
               "galileo_expdb_influxdb_url": f"http://127.0.0.1:{server.server_address[1]}"}
        finished = cluster.program.run("recorder", "--redis", cluster.server.address, env=env)
    assert finished.code == 1 and "status 401: unauthorized access" in finished.err and "galileo_expdb_influxdb_token" in finished.err
    assert TOKEN not in finished.err


class Unauthorised(InfluxHandler):
    def serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(401, {"code": "unauthorized", "message": "unauthorized access"})

    do_GET = do_POST = do_DELETE = serve


def test_influx_alone_is_refused(make_cluster):
    cluster = make_cluster()
    finished = cluster.program.run("exp", "ls", env={"galileo_expdb_driver": "influxdb"})
    assert finished.code != 0 and "use mixed" in finished.err


def test_a_worker_needs_an_experiment_for_its_traces(make_cluster):
    cluster = make_cluster()
    finished = cluster.program.run("worker", "--redis", cluster.server.address,
                                   env={"galileo_trace_logging": "sql", "galileo_expdb_driver": "mixed"})
    assert finished.code != 0 and "galileo_trace_logging=sql" in finished.err and "redis" in finished.err
