"""What the tests of the way of traces share: workers that can be watched, databases that can be stopped."""

import contextlib
import json
import os
import pathlib
import re
import signal
import shutil
import sqlite3
import subprocess
import time
from typing import Iterator

import pymysql
import redis

from harness import wait_until
from run_kit import LONG

MEMORY_LIMIT_KB = 200 * 1024  # of a worker, whatever its sinks do


def memory_kb(pid: int) -> int:
    """The most that a process has had resident."""
    found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def journal_kb(pid: int) -> int:
    """What the journal of a worker takes on disk now: its files have no names."""
    total = 0
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if "(deleted)" in os.readlink(link):
                total += link.stat().st_size // 1024
    return total


class Worker:
    """A running `galileo worker`."""

    def __init__(self, galileo, server, *options: object, name: str = "w1", **env: str):
        self.process = galileo.start("worker", "--name", name, "--threads", 1, "--redis", server.address, *options, env=env)
        client = redis.Redis(port=server.port)
        wait_until(lambda: client.exists(f"galileo:lease:worker:{name}"), f"worker {name}")

    def memory_kb(self) -> int:
        return memory_kb(self.process.pid)

    def journal_kb(self) -> int:
        return journal_kb(self.process.pid)


@contextlib.contextmanager
def locked(database: pathlib.Path) -> Iterator[None]:
    """Nobody else can write the SQLite file meanwhile."""
    with contextlib.closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


class MariadbServer:
    """A private mariadbd on a unix socket alone, with an empty database `galileo`."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.socket = directory / "mariadb.sock"
        data = directory / "mariadb"
        data.mkdir()
        program = [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.socket}", "--skip-networking",
                   "--innodb-buffer-pool-size=64M", *(["--user=root"] if os.geteuid() == 0 else [])]
        # What mariadb-install-db does, which is not in the package mariadb-server-core.
        statements = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n" + "".join(
            pathlib.Path(f"/usr/share/mysql/mysql_{script}.sql").read_text() for script in ("system_tables", "performance_tables", "system_tables_data"))
        subprocess.run([*program, "--bootstrap"], input=statements, check=True, capture_output=True, text=True)
        with (directory / "mariadb.log").open("w") as log:
            self.process = subprocess.Popen(program, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_until(self.answers, "mariadbd", 60)
        with contextlib.closing(self.connect("mysql")) as connection:
            connection.cursor().execute("CREATE DATABASE galileo")

    def environment(self) -> dict[str, str]:
        return {"galileo_expdb_driver": "mysql", "galileo_expdb_mysql_socket": str(self.socket), "galileo_expdb_mysql_user": "root",
                "galileo_expdb_mysql_db": "galileo"}

    def connect(self, database: str = "galileo") -> pymysql.Connection:
        return pymysql.connect(unix_socket=str(self.socket), user="root", database=database)

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.directory / "mariadb.log").read_text()
        with contextlib.suppress(pymysql.Error):
            self.connect("mysql").close()
            return True
        return False

    def rows(self, query: str) -> list[tuple]:
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        yield
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()


class Rates:
    """Requests a second that a sample service has answered, by phase."""

    def __init__(self, service):
        self.service = service
        self.phases: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        before, started = self.service.stats()["requests"], time.monotonic()
        yield
        self.phases[name] = (self.service.stats()["requests"] - before) / (time.monotonic() - started)

    def __str__(self) -> str:
        return ", ".join(f"{name} {rate:,.0f}/s" for name, rate in self.phases.items())


def begin(galileo, service, server, *options, env=None):
    return galileo.start("run", "--url", service.url, "--redis", server.address, "--summary", "json", "--progress", "none", *options, env=env)


def summary_of(galileo, process, code=0, patience=2 * LONG):
    finished = galileo.finish(process, patience)
    assert finished.code == code, finished.err + finished.out
    summary = json.loads(finished.out)
    assert summary["completed"] == summary["stored"] + summary["lost"]
    assert sum(summary["lost_reasons"].values()) == summary["lost"]
    return summary


def check_recorded(metadata: str, summary) -> None:
    recorded = json.loads(metadata)["recorded"]
    assert recorded["traces"] == summary["stored"]
    assert {key: recorded[key] for key in ("sent", "completed", "lost", "lost_reasons")} == {
        key: summary[key] for key in ("sent", "completed", "lost", "lost_reasons")}
