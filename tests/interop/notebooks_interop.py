"""Contract 11.16: the queries of galileo-jupyter (contract 5.5), as they stand, on databases that our program wrote."""

import contextlib
import json
import pathlib
import sqlite3
from typing import Callable, Iterator

import pandas
import pytest
from mariadb_kit import MariadbServer

from pymq_client import Listener

# Contract 5.2: read by position.
COLUMNS = {
    "experiments": ["EXP_ID", "NAME", "CREATOR", "START", "END", "CREATED", "STATUS"], "metadata": ["EXP_ID", "DATA"],
    "nodeinfo": ["EXP_ID", "NODE", "INFO_KEY", "INFO_VALUE"], "telemetry": ["EXP_ID", "TIMESTAMP", "METRIC", "SUBSYSTEM", "NODE", "VALUE"],
    "events": ["EXP_ID", "TIMESTAMP", "NAME", "VALUE"],
    "traces": ["REQUEST_ID", "CLIENT", "SERVICE", "CREATED", "SENT", "DONE", "STATUS", "RESPONSE", "HEADERS", "SERVER", "EXP_ID"]}
POD = {"podUid": "1", "containers": {"c": {"image": 'a "b"'}}, "startTime": None}

Connect = Callable[[], contextlib.AbstractContextManager]


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariadbServer]:
    server = MariadbServer()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "mysql"])
def database(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> tuple[dict[str, str], Connect]:
    """The variables for our program, and a connection as a notebook has one."""
    if request.param == "sqlite":
        path = tmp_path / "db.sqlite"
        return {"galileo_expdb_sqlite_path": str(path)}, lambda: contextlib.closing(sqlite3.connect(path))
    server: MariadbServer = request.getfixturevalue("mariadb")
    server.make("notebooks")
    return server.environment("notebooks"), lambda: contextlib.closing(server.connect("notebooks"))


def record(cluster, variables: dict[str, str], name: str) -> str:
    """An experiment with something in each table; its id."""
    recorder = cluster.program.start("recorder", "--redis", cluster.server.address, "--name", name, "--creator", "me", "--metadata",
                                     json.dumps({"k": [1, {"x": "y"}], "ü": None}), env=variables)
    exp_id = recorder.stdout.readline().strip()
    (one,) = cluster.bus.spawn("w1", "echo", parameters={"path": "/x?odd"})
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 5, "constant", [0.001])
    done.wait(1)
    done.close()
    for line in ("1795487324.4571881 foo", f"1795487325.5 pod/running {json.dumps(POD)}"):
        cluster.redis.publish("galileo/events", line)
    for channel, payload in (("cpu", "1795488056.268946190 12.5"), ("tx/eth0", "1795488056.968946190 80.000000")):
        cluster.redis.publish(f"telem/node1/{channel}", payload)
    assert cluster.bus.publish("PauseTracingCommand") == 1  # hands over what waits
    cluster.bus.ping()
    recorder.terminate()
    finished = cluster.program.finish(recorder)
    assert finished.code == 0 and json.loads(finished.out)["traces"] == 5, finished.err
    cluster.bus.publish("StartTracingCommand")
    return exp_id


@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")
def test_queries_of_the_notebooks(make_cluster, database):
    variables, connect = database
    cluster = make_cluster()
    cluster.worker("w1", env={"galileo_trace_logging": "redis"})
    node = Listener(cluster.redis, "telemcmd/node1")  # as telemd registers
    cluster.redis.hset("telemd.info:node1", mapping={"arch": "x86_64", "cpus": "8", "labels": '{"zone": "a"}'})
    first, second = (record(cluster, variables, name) for name in ("night", "day"))
    node.close()
    with connect() as connection:
        def query(text: str) -> pandas.DataFrame:
            return pandas.read_sql(text, con=connection)

        experiments = query("SELECT * FROM experiments")
        assert list(experiments.columns) == COLUMNS["experiments"]
        assert dict(zip(experiments.EXP_ID, experiments.NAME)) == {first: "night", second: "day"}  # MariaDB goes by the key
        assert (experiments.END - experiments.START > 0).all()

        assert {*query("SELECT * FROM metadata").EXP_ID} == {first, second}
        metadata = query(f"SELECT * FROM metadata WHERE EXP_ID = '{first}'")
        assert list(metadata.columns) == COLUMNS["metadata"]
        assert json.loads(metadata.DATA[0]) == {"k": [1, {"x": "y"}], "ü": None, "exp_id": first}  # text, not an object

        nodeinfo = query(f'SELECT * FROM nodeinfo  WHERE exp_id in ("{first}", "{second}")')
        assert list(nodeinfo.columns) == COLUMNS["nodeinfo"] and nodeinfo.EXP_ID.tolist().count(first) == 3 == len(nodeinfo) / 2
        assert dict(zip(nodeinfo.INFO_KEY, nodeinfo.INFO_VALUE)) == {"arch": "x86_64", "cpus": "8", "labels": '{"zone": "a"}'}

        events = query(f'SELECT * FROM events    WHERE exp_id in ("{second}")')
        assert list(events.columns) == COLUMNS["events"] and events.EXP_ID.tolist() == [second] * 2
        assert events.TIMESTAMP.astype(float).tolist() == [1795487324.4571881, 1795487325.5]
        assert events.VALUE[0] is None and json.loads(events.VALUE[1]) == POD

        telemetry = query(f'SELECT * FROM telemetry WHERE exp_id in ("{first}")')
        assert list(telemetry.columns) == COLUMNS["telemetry"]
        assert telemetry.values.tolist() == [[first, 1795488056.268946190, "cpu", None, "node1", 12.5],
                                             [first, 1795488056.968946190, "tx", "eth0", "node1", 80.0]]
        assert pandas.to_datetime(telemetry.TIMESTAMP, unit="s").notna().all()

        traces = query(f'SELECT * FROM traces WHERE exp_id in ("{first}", "{second}")')
        assert list(traces.columns) == COLUMNS["traces"] and len(traces) == 10
        assert traces.dtypes[["CREATED", "SENT", "DONE", "STATUS"]].tolist() == ["float64"] * 3 + ["int64"]
        assert json.loads(traces.HEADERS[0])["X-Multi"] == "a, b, c" and (traces.DONE >= traces.SENT).all()


@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")
def test_queries_on_what_a_run_wrote(make_cluster, echo, tmp_path):
    program = make_cluster().program
    finished = program.run("run", "--url", f"http://{echo.host}/x", "--rate", 50, "--count", 10, "--name", "smoke", "--db", "run.sqlite",
                           "--progress", "none", patience=60)
    assert finished.code == 0, finished.err
    with contextlib.closing(sqlite3.connect(tmp_path / "run.sqlite")) as connection:
        for table, columns in COLUMNS.items():
            assert list(pandas.read_sql(f"SELECT * FROM {table}", con=connection).columns) == columns
        (exp_id,) = pandas.read_sql("SELECT * FROM experiments", con=connection).EXP_ID
        assert len(pandas.read_sql(f'SELECT * FROM traces WHERE exp_id in ("{exp_id}")', con=connection)) == 10
        assert json.loads(pandas.read_sql(f"SELECT * FROM metadata WHERE EXP_ID = '{exp_id}'", con=connection).DATA[0])["exp_id"] == exp_id
