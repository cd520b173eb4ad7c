"""Every trace is stored or stated as lost when Redis or a worker dies, or the user has had enough."""

import json
import signal
import subprocess
import time

from harness import wait_until
from run_kit import LONG, rows
from traces_kit import begin, check_recorded, locked, summary_of


def test_redis_that_is_killed_and_comes_back_empty_costs_only_what_is_stated(galileo, target, worker, tmp_path):
    server, generator = worker()
    service = target()
    database = tmp_path / "db.sqlite"
    process = begin(galileo, service, server, "--rate", 2000, "--duration", "12s", "--clients", 4, "--db", database)
    wait_until(lambda: service.stats()["requests"] > 4000, "the load")
    with locked(database):  # so that the stream holds something to lose
        time.sleep(1.5)
        server.process.kill()
        server.process.wait()
    time.sleep(1)
    again = subprocess.Popen(["redis-server", "--port", str(server.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        finished = galileo.finish(process, 2 * LONG)
        assert finished.code in (0, 1, 110), finished.err
        summary = json.loads(finished.out)
        print(f"stored {summary['stored']}, lost {summary['lost_reasons']}, code {finished.code}")
        assert summary["completed"] == summary["stored"] + summary["lost"]
        assert sum(summary["lost_reasons"].values()) == summary["lost"]
        assert rows(database, "SELECT count(*), count(DISTINCT request_id) FROM traces") == [(summary["stored"], summary["stored"])]
        check_recorded(rows(database, "SELECT data FROM metadata")[0][0], summary)
    finally:
        again.terminate()
        again.wait()


def test_worker_that_is_killed_takes_along_only_what_is_stated(galileo, target, worker, tmp_path):
    server, generator = worker()
    service = target()
    database = tmp_path / "db.sqlite"
    process = begin(galileo, service, server, "--rate", 2000, "--duration", "10s", "--clients", 4, "--db", database)
    wait_until(lambda: service.stats()["requests"] > 4000, "the load")
    with locked(database):
        time.sleep(1)
        generator.process.kill()
    summary = summary_of(galileo, process, code=110)
    assert "worker w1 was lost" in json.dumps(summary["reasons"])
    if summary["lost"] > 0:
        assert "worker w1 was lost" in summary["lost_reasons"]
    assert rows(database, "SELECT count(*) FROM traces") == [(summary["stored"],)]
    check_recorded(rows(database, "SELECT data FROM metadata")[0][0], summary)


def test_second_signal_ends_a_run_whose_traces_nobody_takes(galileo, target, worker, tmp_path):
    server, _ = worker()
    service = target()
    database = tmp_path / "db.sqlite"
    process = begin(galileo, service, server, "--rate", 1000, "--duration", "60s", "--db", database)
    wait_until(lambda: service.stats()["requests"] > 1000, "the load")
    with locked(database):
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        summary = summary_of(galileo, process, code=105, patience=40)
    assert rows(database, "SELECT count(*) FROM traces") == [(summary["stored"],)]
    assert summary["lost"] > 0
