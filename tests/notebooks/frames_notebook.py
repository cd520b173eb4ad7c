"""galileo.frames on databases of both kinds: names, types, order, index, choice, errors, and what its functions compute."""

import builtins
import json
import sqlite3
import subprocess
import sys

import pandas
import pytest
from mariadb_kit import PASSWORD

import galileo.frames
from conftest import PACKAGE
from galileo.errors import Denied, InvalidInput, NotFound, Unavailable

START = 1795560238.0
ODD = "it's; \"quoted\" -- %s ? ü"


def trace(number: int, due: float, taken: float, status: int = 200, exp_id: str = "a", server: str = "h:1") -> tuple:
    sent = -1 if status < 0 and server is None else START + due + 0.001
    return (f"0123456789:{number}", f"w1:echo:{number % 2}", "echo", START + due, sent, START + due + taken, status, "ok", "{}", server, exp_id)


ROWS = {
    "experiments": [("a", "first", "me", START, START + 4, START, "FINISHED"), (ODD, None, None, None, None, START + 9, "QUEUED")],
    "metadata": [("a", json.dumps({"exp_id": "a", "k": [1, None]})), (ODD, "{}")],
    "nodeinfo": [("a", "n1", "cpus", "8"), ("a", "n1", "gpu", None), (ODD, "n9", "cpus", "1")],
    "telemetry": [("a", START + 1.5, "cpu", None, "n1", 50.0), ("a", START + 0.5, "cpu", None, "n1", 25.0),
                  ("a", START + 0.5, "rx", "eth0", "n2", 3.0), (ODD, START, "cpu", None, "n1", 99.0)],
    "events": [("a", START + 2, "end", ""), ("a", START + 1, "pod/running", '{"a": "b c"}'), (ODD, START, "begin", None)],
    "traces": [trace(2, 1.0, 0.2), trace(1, 0.0, 0.1), trace(3, 1.1, 0.4, 503), trace(4, 3.0, 0.3, -1, server=None),
               trace(5, 0.0, 9.0, exp_id=ODD), trace(6, 0.0, 9.0, exp_id=None)],
}


@pytest.fixture
def db(fill):
    with galileo.frames.connect(fill(ROWS), environment={}) as frames:
        yield frames


def test_names_order_and_values(db):
    assert {table: list(frame.columns) for table, frame in {
        "experiments": db.experiments(), "metadata": db.metadata(), "nodeinfo": db.nodeinfo("a"), "telemetry": db.telemetry("a"),
        "events": db.events("a"), "traces": db.traces("a")}.items()} == {
        "experiments": ["EXP_ID", "NAME", "CREATOR", "START", "END", "CREATED", "STATUS"], "metadata": ["EXP_ID", "DATA"],
        "nodeinfo": ["EXP_ID", "NODE", "INFO_KEY", "INFO_VALUE"],
        "telemetry": ["EXP_ID", "TIMESTAMP", "METRIC", "SUBSYSTEM", "NODE", "VALUE"], "events": ["EXP_ID", "TIMESTAMP", "NAME", "VALUE"],
        "traces": ["REQUEST_ID", "CLIENT", "SERVICE", "CREATED", "SENT", "DONE", "STATUS", "RESPONSE", "HEADERS", "SERVER", "EXP_ID"]}
    experiments = db.experiments().set_index("EXP_ID")
    assert experiments.loc["a", "END"] - experiments.loc["a", "START"] == 4 and experiments.loc[[ODD], "START"].isna().all()
    assert experiments.loc["a", "STATUS"] == "FINISHED" and experiments.loc[ODD, "NAME"] is None
    assert json.loads(db.metadata("a").DATA[0]) == {"exp_id": "a", "k": [1, None]} and len(db.metadata()) == 2
    assert db.nodeinfo("a").values.tolist() == [["a", "n1", "cpus", "8"], ["a", "n1", "gpu", None]]
    assert db.traces("a").dtypes[["CREATED", "SENT", "DONE", "STATUS"]].tolist() == ["float64"] * 3 + ["int64"]


def test_time_is_the_index_in_order(db):
    telemetry, events, traces = db.telemetry("a"), db.events("a"), db.traces("a")
    for frame, column in ((telemetry, "TIMESTAMP"), (events, "TIMESTAMP"), (traces, "CREATED")):
        assert isinstance(frame.index, pandas.DatetimeIndex) and frame.index.name == "time" and frame.index.is_monotonic_increasing
        assert (frame.index == pandas.to_datetime(frame[column], unit="s")).all() and frame[column].dtype == "float64"
    assert telemetry.VALUE.tolist() == [25.0, 3.0, 50.0] and telemetry.index[0] == pandas.Timestamp("2026-11-24 22:43:58.5")
    assert events.NAME.tolist() == ["pod/running", "end"] and events.VALUE.tolist() == ['{"a": "b c"}', ""]
    assert traces.REQUEST_ID.str[-1].tolist() == ["1", "2", "3", "4"]
    assert len(traces["2026-11-24 22:43:59":"2026-11-24 22:43:59"]) == 2


def test_ids_are_parameters(db):
    assert db.telemetry(ODD).VALUE.tolist() == [99.0] and db.events(ODD).VALUE.tolist() == [None]
    assert len(db.traces("a", ODD)) == 5 == len(db.traces(*db.experiments().EXP_ID))
    with pytest.raises(NotFound, match="no experiment 'b' in database .*galileo exp ls"):
        db.traces("a", "b")
    with pytest.raises(NotFound):
        db.metadata('a" OR "1"="1')
    for read in (db.traces, db.events, db.telemetry, db.nodeinfo):
        with pytest.raises(InvalidInput, match="no experiment is named"):
            read()


def test_choice_of_rows_and_columns(db):
    assert len(db.telemetry("a", metric="cpu")) == 2 and len(db.telemetry("a", metric=["cpu", "rx"], node="n2")) == 1
    assert db.telemetry("a", subsystem="eth0").VALUE.tolist() == [3.0] and db.telemetry("a", metric=[]).empty
    assert db.telemetry("a", metric="nosuch").index.name == "time" and db.events("a", name="end").VALUE.tolist() == [""]
    assert list(db.traces("a", columns=["DONE", "status"]).columns) == ["DONE", "STATUS"]
    assert db.traces("a", columns=["DONE"]).index[-1] == pandas.Timestamp("2026-11-24 22:44:01")
    with pytest.raises(InvalidInput, match="traces has no column LATENCY; it has REQUEST_ID, .*EXP_ID"):
        db.traces("a", columns=["LATENCY"])


def test_what_is_computed(db):
    traces = db.traces("a")
    assert galileo.frames.failed(traces).tolist() == [False, False, True, True]
    assert galileo.frames.latency(traces).round(6).tolist()[:3] == [0.1, 0.2, 0.4] and galileo.frames.latency(traces).isna()[3]
    assert galileo.frames.latency(traces, since="sent").round(6).tolist()[:3] == [0.099, 0.199, 0.399]
    percentiles = galileo.frames.percentiles(traces, "1s", of=(50, 100, 99.9))
    assert list(percentiles.columns) == ["p50", "p100", "p99.9"] and len(percentiles) == 4 and percentiles.index.name == "time"
    assert percentiles.p50.round(6).tolist()[:2] == [0.1, 0.3] and percentiles.p100.isna().tolist() == [False, False, True, True]
    assert galileo.frames.rate(traces).tolist() == [1, 2, 0, 1] and galileo.frames.rate(traces, "2s").tolist() == [1.5, 0.5]
    by_client = galileo.frames.rate(traces, by="CLIENT")
    assert by_client["w1:echo:0"].tolist() == [0, 1, 0, 1] and by_client["w1:echo:1"].tolist() == [1, 1, 0, 0]
    errors = galileo.frames.errors(traces)
    assert list(errors.columns) == [-1, 503] and errors[503].tolist() == [0, 1, 0, 0] and errors[-1].tolist() == [0, 0, 0, 1]
    by_server = galileo.frames.rate(traces, by="SERVER")
    assert by_server["h:1"].tolist() == [1, 2, 0, 0] and by_server.loc[:, by_server.columns.isna()].values.tolist() == [[0], [0], [0], [1]]
    with pytest.raises(InvalidInput, match="'created' or 'sent'"):
        galileo.frames.latency(traces, since="done")


def test_time_since_the_start(db):
    """Windows are the same for all functions, whatever the index counts from."""
    traces = db.traces("a")
    traces.index = traces.index - pandas.Timestamp(START - 0.05, unit="s")
    assert galileo.frames.rate(traces).tolist() == [1, 2, 0, 1]
    assert galileo.frames.errors(traces).values.tolist() == [[0, 0], [0, 1], [0, 0], [1, 0]]
    assert galileo.frames.percentiles(traces).index.equals(galileo.frames.rate(traces).index)


def test_nothing_recorded(fill):
    with galileo.frames.connect(fill({"experiments": ROWS["experiments"]}), environment={}) as db:
        traces = db.traces("a")
        assert traces.empty and traces.dtypes["STATUS"] == "int64" and isinstance(traces.index, pandas.DatetimeIndex)
        assert galileo.frames.percentiles(traces).empty and galileo.frames.rate(traces).empty and galileo.frames.errors(traces).empty
        assert db.events("a").empty and db.nodeinfo("a").empty and db.metadata("a").empty and db.telemetry("a").empty


def test_text_where_a_time_should_be(tmp_path, fill):
    """The original stores what an event's sender says (contract 10 row 38)."""
    where = fill(ROWS)
    if where.startswith("mysql"):
        pytest.skip("MariaDB refuses it")
    with sqlite3.connect(where) as connection:
        connection.execute("INSERT INTO events VALUES ('a', 'notatime', 'odd', NULL)")
    connection.close()
    with galileo.frames.connect(where) as db, pytest.warns(UserWarning, match="1 rows have a TIMESTAMP that is no number"):
        events = db.events("a")
    assert events.NAME.tolist() == ["pod/running", "end", "odd"] and events.index.isna().tolist() == [False, False, True]


def test_connect_from_the_environment(mariadb, tmp_path, fill):
    where = fill(ROWS)
    if where.startswith("mysql"):
        variables = mariadb.environment(where.rsplit("/", 1)[1])
    else:
        variables = {"galileo_expdb_sqlite_path": where}
    with galileo.frames.connect(environment=variables) as db:
        assert len(db.experiments()) == 2 and PASSWORD not in repr(db) and repr(db).startswith("<galileo.frames of database")


@pytest.mark.parametrize("where, environment, kind, text", [
    ("/nosuch.sqlite", {}, NotFound, "there is no database /nosuch.sqlite"),
    (None, {"galileo_expdb_driver": "oracle"}, InvalidInput, "galileo_expdb_driver: unknown database driver oracle"),
    (None, {"galileo_expdb_driver": "mysql"}, InvalidInput, "galileo_expdb_mysql_db is not set"),
    (None, {"galileo_expdb_driver": "mysql", "galileo_expdb_mysql_db": "g", "galileo_expdb_mysql_port": "x"}, InvalidInput, "_port is 'x'"),
    ("oracle://me:geheim@host/db", {}, InvalidInput, "unknown scheme oracle://"),
    ("mysql://me:geheim@host:port/db", {}, InvalidInput, "the port is no number"),
    ("mysql://me:geheim@host", {}, InvalidInput, "no database is named"),
    ("mysql://me:geheim@127.0.0.1:1/db", {}, Unavailable, "database db on 127.0.0.1:1: .*refused"),
])
def test_what_connect_says(where, environment, kind, text):
    with pytest.raises(kind, match=text) as caught:
        galileo.frames.connect(where, environment)
    assert "geheim" not in str(caught.value)


def test_what_the_server_says(mariadb):
    address = mariadb.make("empty")
    with pytest.raises(Denied, match="database empty on 127.0.0.1") as caught:
        galileo.frames.connect(address.replace(PASSWORD, "wrong-1414"))
    assert "wrong-1414" not in str(caught.value)
    with galileo.frames.connect(address) as db, pytest.raises(Unavailable, match="has no table experiments"):
        db.experiments()


def test_no_database_at_all(tmp_path):
    (tmp_path / "text.sqlite").write_text("no database" * 100)
    with galileo.frames.connect(str(tmp_path / "text.sqlite")) as db, pytest.raises(Unavailable, match="text.sqlite: file is not a database"):
        db.experiments()


def test_missing_packages_are_named(monkeypatch, tmp_path):
    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lambda name, *rest: real("nosuch_" + name if name in ("pandas", "pymysql") else name, *rest))
    with pytest.raises(ImportError, match="apt-get install python3-pandas"):
        galileo.frames.connect(str(tmp_path))
    monkeypatch.setattr(builtins, "__import__", lambda name, *rest: real("nosuch_" + name if name == "pymysql" else name, *rest))
    with pytest.raises(ImportError, match="apt-get install python3-pymysql"):
        galileo.frames.connect("mysql://h/d")


def test_the_package_does_not_need_pandas():
    code = "import sys, galileo.frames; sys.exit('pandas' in sys.modules or 'pymysql' in sys.modules)"
    assert subprocess.run([sys.executable, "-B", "-c", code], env={"PYTHONPATH": str(PACKAGE)}, timeout=60).returncode == 0
