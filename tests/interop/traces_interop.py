"""Traces on all three ways out of a worker: lines in Redis, CSV, SQL; all 11 columns (contract 2.3, 2.9)."""

import csv
import io
import json
import pathlib
import re
import sqlite3
import time
import uuid
from typing import NamedTuple, Optional

import pytest
from harness import wait_until

from pymq_client import Listener

ODD = {"path": "/x?odd", "kwargs": {}}
BODY = "hello, world\nline2,with comma"


class Row(NamedTuple):
    request_id: str
    client: str
    service: str
    created: float
    sent: float
    done: float
    status: int
    server: Optional[str]
    exp_id: Optional[str]
    headers: Optional[str]
    response: Optional[str]


def row_of_line(line: str) -> Row:
    """Reads a trace line as the original's recorder does."""
    fields: list = [None if field == "None" else field for field in line.split(",", 10)]
    assert len(fields) == 11, line
    for time_field in (3, 4, 5):
        assert re.fullmatch(r"-?\d+\.\d{7}", fields[time_field]), line
        fields[time_field] = float(fields[time_field])
    fields[6] = int(fields[6])
    if fields[9] is not None:
        fields[9] = fields[9].replace("|", ",")
    if fields[10] is not None:
        fields[10] = fields[10].replace("\\n", "\n")
    return Row(*fields)


class Sink:
    """Reads back what a worker wrote."""

    def __init__(self, cluster, directory: pathlib.Path, kind: str, flush: int):
        self.cluster = cluster
        self.kind = kind
        self.name = f"w-{uuid.uuid4().hex[:12]}"  # of its own, because CSV files of all tests meet in one folder
        self.lines = Listener(cluster.redis, "galileo/results/traces")
        self.database = directory / "db.sqlite"
        self.file = pathlib.Path(f"/tmp/mc2/exp/traces-{self.name}.csv")
        cluster.worker(self.name, env={"galileo_trace_logging": kind, "galileo_expdb_sqlite_path": str(self.database),
                                       "galileo_expdb_trace_logger_flush": str(flush)})

    def rows(self) -> list[Row]:
        if self.kind == "redis":
            self.lines.poll()
            return [row_of_line(line) for line in self.lines.payloads]
        if self.kind == "file":
            text = self.file.read_bytes().decode() if self.file.exists() else ""
            return [Row(*[field or None for field in fields[:3]], *map(float, fields[3:6]), int(fields[6]),
                        *[field or None for field in fields[7:]]) for fields in list(csv.reader(io.StringIO(text, newline="")))[1:]]
        with sqlite3.connect(self.database) as database:
            found = database.execute("SELECT REQUEST_ID, CLIENT, SERVICE, CREATED, SENT, DONE, STATUS, SERVER, EXP_ID, HEADERS, "
                                     "RESPONSE FROM traces")
            return [Row(*fields) for fields in found]

    def load(self, one: str, number: int) -> None:
        done = self.cluster.bus.listen("WorkloadDoneEvent")
        self.cluster.bus.workload(one, number, "constant", [0.001])
        done.wait(1)
        done.close()

    def close(self) -> None:
        self.lines.close()
        self.file.unlink(missing_ok=True)


@pytest.fixture
def sink(make_cluster, tmp_path):
    made = []

    def make(kind: str, flush: int = 20) -> Sink:
        made.append(Sink(make_cluster(), tmp_path, kind, flush))
        return made[-1]

    yield make
    for one in made:
        one.close()


KINDS = pytest.mark.parametrize("kind", ["redis", "file", "sql"])


@KINDS
def test_all_columns(sink, echo, kind):
    traces = sink(kind)
    bus = traces.cluster.bus
    (odd,) = bus.spawn(traces.name, "echo", parameters=ODD)
    (bad,) = bus.spawn(traces.name, "echo", parameters={"path": "/x?status=503"})
    (lost,) = bus.spawn(traces.name, "unrouted")
    start = time.time()
    for one in (odd, bad, lost):
        traces.load(one, 2)
    wait_until(lambda: len(traces.rows()) == 6, "six rows")
    rows = {one: [row for row in traces.rows() if row.client == one] for one in (odd, bad, lost)}
    for one in rows:
        first, second = rows[one]
        assert first.request_id.split(":")[0] == second.request_id.split(":")[0] and re.fullmatch(r"[0-9a-f]{10}:\d+", first.request_id)
        assert {row.request_id.split(":")[1] for row in rows[one]} == {"1", "2"}
        assert all(start - 1 < row.created <= row.done < time.time() + 1 and row.exp_id is None for row in rows[one])
    for row in rows[odd]:
        assert (row.service, row.status, row.server, row.response) == ("echo", 200, echo.host, BODY)
        assert row.created - 0.0001 <= row.sent <= row.done
        headers = json.loads(row.headers)
        assert headers["X-Multi"] == "a, b, c" and headers["Content-Length"] == str(len(BODY))
    for row in rows[bad]:
        assert (row.status, row.server, row.response) == (503, echo.host, "ok")
    for row in rows[lost]:
        assert (row.service, row.sent, row.status, row.server, row.headers, row.response) == ("unrouted", -1, -1, None, None, None)


@KINDS
def test_pause_drops_and_start_goes_on(sink, echo, kind):
    traces = sink(kind)
    bus = traces.cluster.bus
    (one,) = bus.spawn(traces.name, "echo")
    traces.load(one, 5)  # fewer than a batch: pausing hands them over
    assert bus.publish("PauseTracingCommand") == 1
    wait_until(lambda: len(traces.rows()) == 5, "the rows before the pause")
    traces.load(one, 30)
    assert bus.publish("StartTracingCommand") == 1
    bus.ping()
    traces.load(one, 7)
    assert traces.cluster.end(traces.name) == 0  # and so does the end
    assert len(traces.rows()) == 12
    assert {row.request_id.split(":")[1] for row in traces.rows()} == {*map(str, range(1, 6)), *map(str, range(36, 43))}


@KINDS
def test_rows_come_without_a_full_batch(sink, kind):
    traces = sink(kind, flush=1000)
    (one,) = traces.cluster.bus.spawn(traces.name, "echo")
    traces.load(one, 3)
    wait_until(lambda: len(traces.rows()) == 3, "the rows")


def test_csv_is_that_of_the_original(sink):
    traces = sink("file")
    (one,) = traces.cluster.bus.spawn(traces.name, "echo", parameters=ODD)
    traces.load(one, 1)
    wait_until(lambda: len(traces.rows()) == 1, "the row")
    text = traces.file.read_bytes()
    assert text.startswith(b"request_id,client,service,created,sent,done,status,server,exp_id,headers,response\r\n")
    assert text.endswith(b'\r\n') and b',"hello, world\nline2,with comma"' in text


def test_a_flood_is_accounted_for_line_by_line(sink, echo):
    traces = sink("redis")
    ids = traces.cluster.bus.spawn(traces.name, "echo", 10)
    done = traces.cluster.bus.listen("WorkloadDoneEvent")
    for one in ids:
        traces.cluster.bus.workload(one, 100, "constant", [0.002])
    done.wait(10)
    wait_until(lambda: len(traces.rows()) == 1000, "all rows")
    assert len({row.request_id for row in traces.rows()}) == 1000 == echo.count()
    done.close()


def test_an_unknown_sink_is_refused(make_cluster):
    cluster = make_cluster()
    finished = cluster.program.run("worker", "--redis", cluster.server.address, env={"galileo_trace_logging": "tape"})
    assert finished.code != 0 and "tape" in finished.err and "redis" in finished.err


def test_without_a_sink_nothing_is_written(sink, echo):
    traces = sink("")
    (one,) = traces.cluster.bus.spawn(traces.name, "echo")
    traces.load(one, 25)
    assert traces.cluster.end(traces.name) == 0
    traces.lines.poll(0.1)
    assert traces.lines.payloads == [] and not traces.file.exists() and not traces.database.exists()


def test_a_recorder_that_is_stopped_right_after_the_load_has_every_row(sink, echo):
    """Contract 11.12: what `exp.stop` does, without a pause before it."""
    traces = sink("redis")
    cluster = traces.cluster
    ids = cluster.bus.spawn(traces.name, "echo", 5, parameters=ODD)
    recorder = cluster.program.start("recorder", "--redis", cluster.server.address, env={"galileo_expdb_sqlite_path": str(traces.database)})
    exp_id = recorder.stdout.readline().strip()
    done = cluster.bus.listen("WorkloadDoneEvent")
    for one in ids:
        cluster.bus.workload(one, 33, "constant", [0.001])
    done.wait(5)
    recorder.terminate()
    finished = cluster.program.finish(recorder)
    account = json.loads(finished.out)
    assert finished.code == 0 and (account["traces"], account["lost"], account["refused"]) == (165, 0, 0)
    with sqlite3.connect(traces.database) as database:
        rows = database.execute("SELECT CLIENT, count(*), count(DISTINCT REQUEST_ID), min(EXP_ID), max(RESPONSE) FROM traces GROUP BY CLIENT")
        assert rows.fetchall() == [(one, 33, 33, exp_id, BODY) for one in sorted(ids)]
    done.close()
