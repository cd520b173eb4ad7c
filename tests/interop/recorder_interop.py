"""One experiment, recorded by our recorder and by one as the original's, around workers of both kinds: the same rows (contract 11.10, 11.12)."""

import contextlib
import json
import pathlib
import sqlite3
import time
from typing import NamedTuple

import pytest
from harness import wait_until

from original_recorder import TABLES, OriginalRecorder, trace_of
from pymq_client import Listener

METADATA = {"k": [1, {"x": "y"}], "ü": None}


class Tables(NamedTuple):
    """The rows of one database, in order, with `EXP` for the experiment's id."""

    experiment: tuple
    metadata: dict
    nodeinfo: list
    telemetry: list
    events: list
    traces: list


def read(path: pathlib.Path) -> Tables:
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
        columns = {name: [(row[1], row[2].upper(), row[3]) for row in database.execute(f"PRAGMA table_info({name})")] for name in TABLES}
    (experiment,) = rows["experiments"]
    named = {name: sorted((tuple("EXP" if value == experiment[0] else value for value in row) for row in rows[name]), key=repr)
             for name in ("nodeinfo", "telemetry", "events", "traces")}
    ((exp_id, data),) = rows["metadata"]
    assert exp_id == experiment[0] and json.loads(data)["exp_id"] == exp_id, "metadata contains the experiment's id"
    assert [name for name, _, _ in columns["traces"]] == [
        "REQUEST_ID", "CLIENT", "SERVICE", "CREATED", "SENT", "DONE", "STATUS", "RESPONSE", "HEADERS", "SERVER", "EXP_ID"]
    return Tables(experiment, {**json.loads(data), "exp_id": "EXP"}, **named)


@pytest.mark.parametrize("kind", ["ours", "the original's"])
def test_both_recorders_store_the_same(make_cluster, echo, tmp_path, kind):
    cluster = make_cluster()
    bus = cluster.bus
    if kind == "ours":
        cluster.worker("w1", env={"galileo_trace_logging": "redis"})
    else:
        cluster.original_worker("w1", gap=0, env={"galileo_trace_logging": "redis"})
    node = Listener(cluster.redis, "telemcmd/node1")  # as telemd registers
    cluster.redis.hset("telemd.info:node1", mapping={"arch": "x86_64", "cpus": "8", "net": "eth0 lo"})
    ours = cluster.program.start("recorder", "--redis", cluster.server.address, "--name", "night", "--creator", "me", "--metadata",
                                 json.dumps(METADATA), env={"galileo_expdb_sqlite_path": str(tmp_path / "ours.sqlite")})
    ours.stdout.readline()  # its experiment's id: it listens
    independent = OriginalRecorder(cluster.redis, tmp_path / "original.sqlite", "night", "me", METADATA)
    (odd,) = bus.spawn("w1", "echo", parameters={"path": "/x?odd"})
    (bad,) = bus.spawn("w1", "echo", parameters={"path": "/x?status=503"})
    (lost,) = bus.spawn("w1", "unrouted")
    wait_until(lambda: len(bus.infos()) == 3, "the clients")
    done = bus.listen("WorkloadDoneEvent")
    for one, num in ((odd, 25), (bad, 5), (lost, 3)):
        bus.workload(one, num, "constant", [0.01])
    done.wait(3)
    cluster.redis.publish("galileo/events", "1795487324.4571881 foo")
    cluster.redis.publish("galileo/events", "1795487324.4573472 bar some value, with spaces")
    cluster.redis.publish("galileo/events", "1795487324.5 empty ")
    cluster.redis.publish("telem/node1/docker_cgrp_net/abc/eth0/rx", "1795488056.168946190 80.000000")
    cluster.redis.publish("telem/node1/cpu", "1795488056.268946190 12.5")
    wait_until(lambda: sum(info.requests for info in bus.infos()) == 33, "all requests")
    time.sleep(0.3)  # the original's done event may come before the last answers
    assert bus.publish("PauseTracingCommand") == 1
    bus.ping()
    wait_until(lambda: len(independent.rows["traces"]) == 33, "all traces")
    ours.terminate()
    account = json.loads(cluster.program.finish(ours).out)
    assert (account["traces"], account["lost"], account["refused"]) == (33, 0, 0)
    independent.stop()
    first, second = read(tmp_path / "ours.sqlite"), read(tmp_path / "original.sqlite")
    assert first[1:] == second[1:]
    for _, name, creator, start, end, created, status in (first.experiment, second.experiment):
        assert (name, creator, status) == ("night", "me", "FINISHED") and start == created < end
    assert len(first.nodeinfo) == 3 and len(first.telemetry) == 2 and len(first.events) == 3
    by_client = {one: [row for row in first.traces if row[1] == one] for one in (odd, bad, lost)}
    assert {one: len(rows) for one, rows in by_client.items()} == {odd: 25, bad: 5, lost: 3}
    assert {row[6:8] + row[9:] for row in by_client[odd]} == {(200, "hello, world\nline2,with comma", echo.host, "EXP")}
    assert {json.loads(row[8])["X-Multi"] for row in by_client[odd]} == {"a, b, c"}
    assert {row[4:5] + row[6:] for row in by_client[lost]} == {(-1, -1, None, None, None, "EXP")}
    node.close()


CAPTURED = [  # contract 2.9; then what a reader must take, or leave
    '2205fbcccc:2,w1:echo:1,echo,1795487318.3821054,1795487318.3882649,1795487318.3956628,200,127.0.0.1:8099,None,{"Server": "BaseHTTP/0.6 '
    'Python/3.11.2"| "Date": "Tue| 24 Nov 2026 02:28:38 GMT"| "Content-Type": "text/plain"| "X-Multi": "a| b"| "Content-Length": "30"},'
    'hello, world\\nline2,with comma',
    "2172c8aea4:1,w1:late:3,late,1795487900.1182854,-1.0000000,1795487900.1308517,-1,None,None,None,None",
    "a:1,c,s,1.0,2.0,3.0,200,h,some-other-experiment,{},",
    "a:2,c,s,1.0,2.0,3.0,200,h,None,{},ü ✓ ,,, \\n\\n",
]
REFUSED = ["", "a", "a:3,c,s,1.0,2.0,3.0,200,h,None", "a:4,c,s,x,2.0,3.0,200,h,None,{},body", "a:5,c,s,1.0,2.0,3.0,ok,h,None,{},body"]


def test_lines_are_read_alike(make_cluster, tmp_path):
    cluster = make_cluster()
    process = cluster.program.start("recorder", "--redis", cluster.server.address, env={"galileo_expdb_sqlite_path": str(tmp_path / "db.sqlite")})
    exp_id = process.stdout.readline().strip()
    for line in CAPTURED + REFUSED:
        assert cluster.redis.publish("galileo/results/traces", line) == 1
    process.terminate()
    account = json.loads(cluster.program.finish(process).out)
    assert (account["traces"], account["refused"]) == (len(CAPTURED), len(REFUSED))
    with contextlib.closing(sqlite3.connect(tmp_path / "db.sqlite")) as database:
        stored = database.execute("SELECT * FROM traces").fetchall()
    assert stored == [(*trace_of(line)[:-1], exp_id) for line in CAPTURED]
    assert all(trace_of(line) is None for line in REFUSED)
