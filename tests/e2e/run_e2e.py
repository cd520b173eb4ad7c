"""`galileo run` from the outside: what it counts, what it stores, what it says when something is wrong, and that it leaves nothing behind."""

import contextlib
import json
import pathlib
import signal
import sqlite3
import subprocess
import time

import pytest
import redis

from harness import PATIENCE, processes_of_session, wait_until

LONG = 90.0  # seconds that a whole run may take on a busy machine


def rows(database: pathlib.Path, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def run(galileo, *arguments: object, code: int = 0, patience: float = LONG) -> dict:
    """Runs to the end and returns the JSON summary, after checking what must hold for every run."""
    finished = galileo.run("run", "--summary", "json", "--progress", "none", *arguments, patience=patience)
    assert finished.code == code, finished.err + finished.out
    summary = json.loads(finished.out)
    assert summary["exit_code"] == code
    assert summary["planned"] == summary["sent"] + summary["dropped"]
    assert summary["sent"] == summary["completed"]
    assert summary["completed"] == summary["stored"] + summary["lost"]
    assert sum(summary["statuses"].values()) == summary["completed"]
    return summary


def write(directory: pathlib.Path, text: str) -> pathlib.Path:
    path = directory / "spec.yml"
    path.write_text(text)
    return path


def test_every_request_of_a_rate_becomes_a_row(galileo, target, tmp_path):
    service = target()
    summary = run(galileo, "--url", service.url + "/path?q=1", "--rate", 400, "--duration", "2s", "--clients", 4, "--db", "db.sqlite")
    assert summary["status"] == "passed"
    assert summary["planned"] == 800 and summary["failed"] == 0 and summary["stored"] == 800
    assert rows(tmp_path / "db.sqlite", "SELECT count(*), count(DISTINCT request_id), min(status), max(status) FROM traces") == [(800, 800, 200, 200)]
    assert rows(tmp_path / "db.sqlite", "SELECT exp_id, status FROM experiments") == [(summary["experiment"], "FINISHED")]
    assert service.stop()["requests"] == 800


def test_closed_loop_keeps_as_many_requests_in_flight_as_connections(galileo, target):
    service = target("--latency", "50ms")
    summary = run(galileo, "--url", service.url, "--max", "--connections", 8, "--duration", "2s", "--processes", 2, "--db", "db.sqlite")
    assert summary["failed"] == 0
    # Eight at a time, fifty milliseconds each; a busy machine may manage fewer, none can manage more.
    assert 100 <= summary["completed"] <= 330


def test_spec_with_routes_splits_by_weight_for_every_client(galileo, tmp_path):
    spec = write(tmp_path, """
name: split
duration: 3s
seed: 7
workers:
  - labels: {galileo_zone: A}
  - labels: {galileo_zone: B}
targets:
  a: {latency: 1ms}
  b: {latency: 1ms}
services:
  echo:
    routes:
      - {host: "target:a", weight: 1}
      - {host: "target:b", weight: 2}
workloads:
  - service: echo
    clients: 6
    stages:
      - {duration: 3s, from: 0, to: 600}
""")
    summary = run(galileo, spec, "--db", "db.sqlite")
    assert summary["planned"] == 900 and summary["failed"] == 0
    for client, total, most in rows(tmp_path / "db.sqlite", """
            SELECT client, sum(n), max(n) FROM (SELECT client, server, count(*) AS n FROM traces GROUP BY 1, 2) GROUP BY 1"""):
        assert abs(most - 2 * total / 3) <= 1, client
    workers = {row[0].split(":")[0] for row in rows(tmp_path / "db.sqlite", "SELECT DISTINCT client FROM traces")}
    assert workers == {"w1", "w2"}


def test_same_seed_gives_the_same_timetable(galileo, target, tmp_path):
    service = target()
    timetables = []
    for name in ("one.sqlite", "two.sqlite"):
        run(galileo, "--url", service.url, "--rate", 200, "--poisson", "--duration", "2s", "--clients", 3, "--seed", 42, "--db", name)
        times = rows(tmp_path / name, "SELECT client, created FROM traces ORDER BY client, created")
        first = min(time for _, time in times)
        timetables.append([(client, round(created - first, 3)) for client, created in times])
    one, two = timetables
    assert len(one) == len(two) and 250 < len(one) < 550
    assert sum(abs(a[1] - b[1]) > 0.002 for a, b in zip(one, two)) == 0


def test_freeze_of_the_target_shows_in_the_latency_from_the_intended_start(galileo, target, tmp_path):
    service = target("--max-connections", 20)
    process = galileo.start("run", "--url", service.url, "--rate", 500, "--duration", "8s", "--clients", 4, "--connections", 20, "--db", "db.sqlite",
                            "--summary", "json", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 500, "the load")
    service.process.send_signal(signal.SIGSTOP)
    frozen = time.time()
    time.sleep(1.0)
    service.process.send_signal(signal.SIGCONT)
    thawed = time.time()
    finished = galileo.finish(process, LONG)
    summary = json.loads(finished.out)
    assert summary["planned"] == summary["sent"] + summary["dropped"] == 4000
    assert summary["latency_us"]["intended"]["p99"] > 600_000
    assert summary["latency_us"]["intended"]["p90"] < summary["latency_us"]["intended"]["p99"]
    outside = sorted(row[0] for row in rows(tmp_path / "db.sqlite", f"SELECT done - sent FROM traces WHERE sent < {frozen - 0.2} OR sent > {thawed + 0.2}"))
    assert outside[int(len(outside) * 0.99)] < 0.3  # far below the freeze, whatever else the machine does


@pytest.mark.parametrize("options, failure", [
    (["--close", "1"], "closed"),
    (["--junk", "1"], "malformed"),
    (["--latency", "5s"], "timeout"),
])
def test_target_that_misbehaves_is_named_and_counted(galileo, target, options, failure):
    service = target(*options)
    summary = run(galileo, "--url", service.url, "--rate", 50, "--duration", "1s", "--timeout", "500ms", "--db", "db.sqlite", code=1)
    assert summary["status"] == "failed"
    assert summary["failed"] == summary["completed"] == 50
    assert summary["statuses"] == {"-1": 50}
    assert failure in json.dumps(summary)


def test_target_that_is_down_fails_the_run_and_says_refused(galileo):
    finished = galileo.run("run", "--url", "http://127.0.0.1:1/", "--rate", 50, "--duration", "1s", "--db", "db.sqlite", patience=LONG)
    assert finished.code == 1
    assert "every request failed: refused 50" in finished.out


def test_wrong_spec_names_file_line_key_and_what_is_allowed(galileo, tmp_path):
    spec = write(tmp_path, "name: x\nservices:\n  echo:\n    routes: [{host: h}]\nworkloads:\n  - service: echo\n    rat: 5\n    clients: -1\n")
    finished = galileo.run("run", spec)
    assert finished.code == 104 and finished.out == ""
    assert "spec.yml:7:5: workloads[0].rat: unknown key; did you mean 'rate'?" in finished.err
    assert "spec.yml:8:14: workloads[0].clients" in finished.err


def test_labels_that_match_no_worker_say_which_there_are(galileo, tmp_path):
    spec = write(tmp_path, """
duration: 1s
workers: [{labels: {galileo_zone: A}}]
services: {echo: {routes: [{host: "127.0.0.1:1"}]}}
workloads: [{service: echo, rate: 1, worker_labels: {galileo_zone: C}}]
""")
    finished = galileo.run("run", spec, "--db", "db.sqlite", patience=LONG)
    assert finished.code == 104
    assert "worker_labels: none of 'workers' has all of these; they have galileo_zone: A" in finished.err


def test_no_worker_registered_says_how_to_start_one(galileo, target, redis_server):
    server = redis_server()
    finished = galileo.run("run", "--url", target().url, "--rate", 1, "--duration", "1s", "--redis", server.address, "--db", "db.sqlite", patience=LONG)
    assert finished.code == 1
    assert "no worker is registered; start one with: galileo worker" in finished.err


def test_database_that_cannot_be_opened_stops_the_run_before_it_starts(galileo, target):
    service = target()
    finished = galileo.run("run", "--url", service.url, "--rate", 10, "--duration", "1s", "--db", "/no/such/folder/db.sqlite", patience=LONG)
    assert finished.code == 1
    assert "/no/such/folder/db.sqlite" in finished.err
    assert service.stop()["requests"] == 0


def test_full_disk_is_counted_and_said(galileo, target, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", str(small)], capture_output=True, check=False).returncode != 0:
        pytest.skip("this test mounts a small file system, which needs root")
    try:
        summary = run(galileo, "--url", target().url, "--rate", 1000, "--duration", "3s", "--db", small / "db.sqlite", code=1)
        assert summary["completed"] == 3000 and summary["lost"] > 0
        assert "full" in json.dumps(summary)
        assert rows(small / "db.sqlite", "SELECT count(*) FROM traces") == [(summary["stored"],)]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_run_with_its_summary(galileo, target, number):
    service = target()
    process = galileo.start("run", "--url", service.url, "--rate", 200, "--duration", "60s", "--db", "db.sqlite", "--summary", "json", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 100, "the load")
    process.send_signal(number)
    finished = galileo.finish(process)
    assert finished.code == 105, finished.err
    summary = json.loads(finished.out)
    assert summary["status"] == "aborted"
    assert summary["completed"] == summary["stored"] > 100


def test_killed_run_takes_its_workers_and_its_redis_along(galileo, target):
    service = target()
    process = galileo.start("run", "--url", service.url, "--rate", 200, "--duration", "60s", "--db", "db.sqlite", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 100, "the load")
    process.kill()
    process.wait()
    wait_until(lambda: not processes_of_session(process.pid), "the end of what it had started")


class Worker:
    """A running `galileo worker`."""

    def __init__(self, galileo, server, name: str, zone: str):
        self.process = galileo.start("worker", "--name", name, "--threads", 1, "--redis", server.address, env={"galileo_zone": zone})
        client = redis.Redis(port=server.port, password=server.password or None)
        wait_until(lambda: client.exists(f"galileo:lease:worker:{name}"), f"worker {name}")


@pytest.fixture
def two_workers(galileo, redis_server):
    server = redis_server()
    workers = [Worker(galileo, server, "w1", "A"), Worker(galileo, server, "w2", "B")]
    yield server, workers
    for worker in workers:
        worker.process.kill()
        worker.process.communicate()


def test_run_over_registered_workers_leaves_only_the_routing_table(galileo, target, two_workers, tmp_path):
    server, workers = two_workers
    summary = run(galileo, "--url", target().url, "--rate", 300, "--duration", "2s", "--clients", 4, "--redis", server.address, "--db", "db.sqlite")
    assert summary["stored"] == 600
    assert rows(tmp_path / "db.sqlite", "SELECT count(DISTINCT client) FROM traces") == [(4,)]
    client = redis.Redis(port=server.port)
    wait_until(lambda: not client.keys("galileo:client:*") and not client.keys("galileo:traces:*"), "the clients to be closed")
    for worker, number in zip(workers, (signal.SIGTERM, signal.SIGINT)):
        worker.process.send_signal(number)
        assert galileo.finish(worker.process).code == 0
    left = {key.decode() for key in client.keys("*")}
    assert all(key.startswith("routing:") for key in left), left


def test_ps_shows_the_run_that_goes_on(galileo, target, two_workers):
    server, _ = two_workers
    service = target()
    process = galileo.start("run", "--name", "peak", "--url", service.url, "--rate", 100, "--duration", "10s", "--clients", 4, "--redis", server.address,
                            "--db", "db.sqlite", "--progress", "none")
    wait_until(lambda: service.stats()["requests"] > 50, "the load")
    shown = json.loads(galileo.run("ps", "--redis", server.address, "--json").out)
    (run_shown,) = shown["runs"]
    assert (run_shown["name"], run_shown["workers"]) == ("peak", 2)
    assert 0 <= run_shown["age_s"] < LONG and run_shown["rate"] > 0 and run_shown["p99_us"] > 0
    assert [worker["clients"] for worker in shown["workers"]] == [2, 2]
    assert galileo.finish(process, LONG).code == 0
    assert json.loads(galileo.run("ps", "--redis", server.address, "--json", "--sample", "0").out)["runs"] == []


def test_worker_that_dies_makes_the_result_untrusted(galileo, target, two_workers):
    server, workers = two_workers
    service = target()
    process = galileo.start("run", "--url", service.url, "--rate", 100, "--duration", "16s", "--clients", 4, "--redis", server.address, "--db", "db.sqlite",
                            "--summary", "json", "--progress", "plain")
    wait_until(lambda: service.stats()["requests"] > 50, "the load")
    workers[0].process.kill()
    finished = galileo.finish(process, LONG)
    assert finished.code == 110, finished.err
    summary = json.loads(finished.out)
    assert summary["completed"] == summary["stored"] + summary["lost"]
    assert "worker w1 was lost" in json.dumps(summary)
