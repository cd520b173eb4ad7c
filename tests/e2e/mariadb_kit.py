"""A MariaDB server of a test's own, on a unix socket and on loopback."""

import contextlib
import os
import pathlib
import subprocess
import tempfile
import time

import pymysql
import pytest

from harness import PATIENCE, free_port

PROGRAM = "/usr/sbin/mariadbd"
# What mariadb-install-db does, which is not in the package mariadb-server-core.
SCRIPTS = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
USER, PASSWORD = "galileo", "geheim-2718"


class MariadbServer:
    """Takes about a second to start. `environment(database)` is how programs of ours find a database on it."""

    def __init__(self) -> None:
        if not os.access(PROGRAM, os.X_OK):
            pytest.fail("mariadbd is not installed; apt-get install mariadb-server-core")
        self._directory = tempfile.TemporaryDirectory(prefix="galileo-")
        self.directory = pathlib.Path(self._directory.name)
        self.port = free_port()
        (self.directory / "data").mkdir()
        statements = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n" + "".join(
            pathlib.Path("/usr/share/mysql", script).read_text() for script in SCRIPTS)
        with open(self.directory / "log", "wb") as log:
            subprocess.run([*self._arguments(), "--skip-networking", "--bootstrap"], input=statements.encode(), stdout=log, stderr=log,
                           check=True, timeout=60)
            self.process = subprocess.Popen([*self._arguments(), "--bind-address=127.0.0.1", f"--port={self.port}"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, (self.directory / "log").read_text()
            time.sleep(0.02)

    def _arguments(self) -> list[str]:
        arguments = [PROGRAM, "--no-defaults", f"--datadir={self.directory}/data", f"--socket={self.directory}/socket",
                     f"--pid-file={self.directory}/pid", "--skip-log-bin", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M",
                     "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--debug-no-sync", "--skip-innodb-doublewrite"]
        return arguments + ["--user=root"] if os.geteuid() == 0 else arguments

    def _answers(self) -> bool:
        with contextlib.suppress(pymysql.err.OperationalError):
            self.connect("mysql").close()
            return True
        return False

    def connect(self, database: str) -> "pymysql.connections.Connection":
        """As root."""
        return pymysql.connect(unix_socket=f"{self.directory}/socket", user="root", database=database, charset="utf8mb4", autocommit=True)

    def make(self, database: str) -> str:
        """An empty database, and a user with a password who may do everything in it. Returns its address."""
        with contextlib.closing(self.connect("mysql")) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
            cursor.execute(f"GRANT ALL ON {database}.* TO {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
        return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def environment(self, database: str) -> dict[str, str]:
        return {"galileo_expdb_driver": "mysql", "galileo_expdb_mysql_host": "127.0.0.1", "galileo_expdb_mysql_port": str(self.port),
                "galileo_expdb_mysql_user": USER, "galileo_expdb_mysql_password": PASSWORD, "galileo_expdb_mysql_db": database}

    def stop(self) -> None:
        self.process.kill()  # its data goes as well: no need to write anything out
        self.process.wait(PATIENCE)
        self._directory.cleanup()
