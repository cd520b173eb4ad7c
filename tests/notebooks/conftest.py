"""Fixtures: the package of the build tree, and databases of both kinds with rows that a test gives."""

import contextlib
import os
import pathlib
import sqlite3
import sys
from typing import Callable, Iterator

import pytest

# The package stands in the build tree beside the module that it needs, three folders above the program.
PACKAGE = pathlib.Path(os.environ["GALILEO_BINARY"]).resolve().parents[2] / "python"
sys.path.insert(0, str(PACKAGE))

from fixtures import binary, galileo, redis_server, target  # noqa: E402,F401
from mariadb_kit import MariadbServer  # noqa: E402
from original_recorder import TABLES  # noqa: E402

Fill = Callable[[dict], str]  # rows of each table, into a fresh database of the original's; returns what connect() takes


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariadbServer]:
    server = MariadbServer()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "mysql"])
def fill(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Fill:
    def into_sqlite(rows: dict) -> str:
        path = tmp_path / "db.sqlite"
        with contextlib.closing(sqlite3.connect(path)) as connection, connection:
            for name, columns in TABLES.items():
                connection.execute(f"CREATE TABLE {name} ({columns})")
                for row in rows.get(name, []):
                    connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
        return str(path)

    def into_mariadb(rows: dict) -> str:
        server: MariadbServer = request.getfixturevalue("mariadb")
        database = f"d{os.urandom(6).hex()}"
        url = server.make(database)
        with contextlib.closing(server.connect(database)) as connection, connection.cursor() as cursor:
            for name, columns in TABLES.items():
                cursor.execute(f"CREATE TABLE {name} ({columns})")
                for row in rows.get(name, []):
                    cursor.execute(f"INSERT INTO {name} VALUES ({', '.join(['%s'] * len(row))})", row)
        return url

    return into_sqlite if request.param == "sqlite" else into_mariadb
