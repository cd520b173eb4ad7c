"""`galileo run` when something is wrong or ends it early: what it says, what it counts, and that it leaves nothing behind."""

import json
import signal
import subprocess

import pytest

from harness import processes_of_session, wait_until
from run_kit import LONG, rows, run, write


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


def test_service_without_routes_is_refused_when_there_is_no_routing_table(galileo, tmp_path):
    spec = write(tmp_path, "duration: 1s\nservices: {echo: {}}\nworkloads: [{service: echo, rate: 1}]\n")
    finished = galileo.run("run", spec, "--db", "db.sqlite", patience=LONG)
    assert finished.code == 104
    assert "service echo has no routes; add some, or name with --redis" in finished.err
    assert not (tmp_path / "db.sqlite").exists()


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
