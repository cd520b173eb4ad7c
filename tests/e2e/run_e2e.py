"""`galileo run` from the outside: the load that it makes, what it counts and what it stores."""

import json
import signal
import time

from harness import PATIENCE, wait_until
from run_kit import LONG, rows, run, write


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


def test_rate_is_met_to_a_thousandth(galileo, target):
    service = target()
    for rate in (100, 1_000, 10_000):
        summary = run(galileo, "--url", service.url, "--rate", rate, "--duration", "1s", "--clients", 4)
        assert abs(summary["sent"] - rate) <= 0.001 * rate, summary
        assert summary["lost"] == 0
        assert 0 <= summary["send_lag_us"]["p50"] <= summary["send_lag_us"]["p99"] <= summary["send_lag_us"]["max"]


def test_count_ends_the_run_with_its_last_answer(galileo, target):
    summary = run(galileo, "--url", target().url, "--rate", 100, "--count", 10, "--duration", "10m", patience=PATIENCE)
    assert summary["sent"] == 10
