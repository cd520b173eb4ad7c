"""Traces of clients outside of runs wait on the worker's disk while their database takes none."""

import time

import pytest

from apps_kit import AppWorker
from harness import wait_until
from run_kit import rows
from traces_kit import MEMORY_LIMIT_KB, journal_kb, locked, memory_kb

REQUESTS = 40_000
COUNT = "SELECT count(*), count(DISTINCT request_id) FROM traces"


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
def test_database_that_stands_still_gets_every_trace_once(galileo, target, redis_server, tmp_path, request, kind):
    server = redis_server()
    service = target("--size", "10000")
    database = tmp_path / "db.sqlite"
    mariadb = request.getfixturevalue("mariadb") if kind == "mariadb" else None
    # A patience shorter than the pause: so batches are cut off in the middle, some perhaps committed.
    where = {**mariadb.environment(), "galileo_expdb_mysql_timeout": "2"} if mariadb else {"galileo_expdb_sqlite_path": str(database)}
    worker = AppWorker(galileo, server, tmp_path / "apps", env={"galileo_trace_logging": "sql", "galileo_journal_dir": str(tmp_path), **where})
    try:
        worker.route(service.authority)
        clients = worker.spawn(None, 4)
        for client in clients:
            worker.request(client, REQUESTS // 4, 0.0016)
        wait_until(lambda: service.stats()["requests"] > 1000, "the load")
        with mariadb.stopped() if mariadb else locked(database):
            before, started = service.stats()["requests"], time.monotonic()
            time.sleep(11)
            rate = (service.stats()["requests"] - before) / (time.monotonic() - started)
            on_disk = journal_kb(worker.process.pid)
        wait_until(lambda: service.stats()["requests"] >= REQUESTS, "the last request", 60)
        count = (lambda: mariadb.rows(COUNT)) if mariadb else (lambda: rows(database, COUNT))
        wait_until(lambda: count() == [(REQUESTS, REQUESTS)], "the last row", 60)
        wait_until(lambda: journal_kb(worker.process.pid) == 0, "the space on disk to be given back")
        print(f"{rate:,.0f}/s during the pause; memory {memory_kb(worker.process.pid)} kB, journal {on_disk} kB")
        assert on_disk > 0
        assert memory_kb(worker.process.pid) < MEMORY_LIMIT_KB
    finally:
        worker.process.terminate()
        worker.process.wait(timeout=30)
