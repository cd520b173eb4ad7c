"""Every trace is stored or stated as lost when the database, or whoever reads the stream, stands still."""

import json
import signal
import time

from harness import wait_until
from run_kit import rows
from traces_kit import MEMORY_LIMIT_KB, Rates, begin, check_recorded, locked, summary_of

PAUSE = 12.0  # seconds; more than any single write waits for a lock


def test_locked_sqlite_loses_nothing_and_costs_no_memory(galileo, target, worker, tmp_path):
    server, generator = worker()
    service = target()
    database = tmp_path / "db.sqlite"
    process = begin(galileo, service, server, "--rate", 4000, "--duration", "25s", "--clients", 4, "--db", database)
    wait_until(lambda: service.stats()["requests"] > 4000, "the load")
    rates = Rates(service)
    with rates.phase("before"):
        time.sleep(3)
    with locked(database), rates.phase("during"):
        time.sleep(PAUSE)
        backlog = max(server.client.xlen(key) for key in server.keys() if key.startswith("galileo:traces:"))
    with rates.phase("after"):
        time.sleep(3)
    summary = summary_of(galileo, process)
    print(f"{rates}; worker {generator.memory_kb()} kB, backlog {backlog} entries")
    assert summary["completed"] == summary["stored"] == 100_000
    assert rows(database, "SELECT count(*), count(DISTINCT request_id) FROM traces") == [(100_000, 100_000)]
    assert rates.phases["during"] > 0.5 * rates.phases["before"]
    assert generator.memory_kb() < MEMORY_LIMIT_KB
    check_recorded(rows(database, "SELECT data FROM metadata")[0][0], summary)
    assert rows(database, "SELECT status FROM experiments") == [("FINISHED",)]


def test_stopped_mariadb_loses_nothing_and_stores_nothing_twice(galileo, target, worker, mariadb):
    server, generator = worker()
    service = target()
    # Shorter than the pause: so batches are cut off in the middle, some perhaps committed.
    process = begin(galileo, service, server, "--rate", 4000, "--duration", "25s", "--clients", 4,
                    env={**mariadb.environment(), "galileo_expdb_mysql_timeout": "2"})
    wait_until(lambda: service.stats()["requests"] > 4000, "the load")
    rates = Rates(service)
    with rates.phase("before"):
        time.sleep(3)
    with mariadb.stopped(), rates.phase("during"):
        time.sleep(PAUSE)
    summary = summary_of(galileo, process)
    print(f"{rates}; worker {generator.memory_kb()} kB")
    assert summary["completed"] == summary["stored"] == 100_000
    assert mariadb.rows("SELECT count(*), count(DISTINCT request_id) FROM traces") == [(100_000, 100_000)]
    assert rates.phases["during"] > 0.5 * rates.phases["before"]
    assert generator.memory_kb() < MEMORY_LIMIT_KB
    check_recorded(mariadb.rows("SELECT data FROM metadata")[0][0], summary)


def test_run_without_a_reader_waits_on_disk_and_is_bounded_in_redis(galileo, target, worker):
    """The controller stands still: nobody reads the stream, which has a limit; the worker's rings are emptied all the same."""
    server, generator = worker()
    service = target()
    process = begin(galileo, service, server, "--rate", 3000, "--duration", "12s", "--clients", 4, "--db", "db.sqlite")
    wait_until(lambda: service.stats()["requests"] > 2000, "the load")
    stopped = time.monotonic()
    process.send_signal(signal.SIGSTOP)
    time.sleep(6)
    assert service.stats()["requests"] > 2000 + 3000 * (time.monotonic() - stopped) * 0.5
    process.send_signal(signal.SIGCONT)
    summary = summary_of(galileo, process)
    assert summary["completed"] == summary["stored"]
    assert generator.memory_kb() < MEMORY_LIMIT_KB


def test_full_journal_and_full_memory_lose_what_they_state(galileo, target, worker, tmp_path):
    """The controller stands still, the journal may take 1 MiB, and answers are large: traces are lost, but no memory."""
    server, generator = worker(galileo_journal_limit_mib="1")
    service = target("--size", "40000")
    process = begin(galileo, service, server, "--rate", 1500, "--duration", "12s", "--clients", 4, "--db", "db.sqlite")
    wait_until(lambda: service.stats()["requests"] > 1000, "the load")
    process.send_signal(signal.SIGSTOP)
    time.sleep(8)
    process.send_signal(signal.SIGCONT)
    summary = summary_of(galileo, process, code=1)
    print(f"worker {generator.memory_kb()} kB, lost {summary['lost_reasons']}")
    assert summary["lost"] > 0
    assert "the worker's trace memory was full, and the journal" in json.dumps(summary["lost_reasons"])
    assert rows(tmp_path / "db.sqlite", "SELECT count(*), count(DISTINCT request_id) FROM traces") == [(summary["stored"], summary["stored"])]
    assert generator.memory_kb() < MEMORY_LIMIT_KB
