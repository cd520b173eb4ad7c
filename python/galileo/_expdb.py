"""Reading access to the experiment database that `galileo_expdb_*` or an address names, for galileo.frames."""

import contextlib
import os
import pathlib
import sqlite3
import urllib.parse
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from galileo.errors import Denied, InvalidInput, NotFound, Unavailable

Row = Tuple[Any, ...]


class MysqlAddress(NamedTuple):
    """Where a MariaDB or MySQL server is. The password is never part of a message."""

    host: str
    port: int
    database: str
    user: Optional[str] = None
    password: str = ""
    socket: Optional[str] = None

    def __str__(self) -> str:
        return f"database {self.database} on {self.socket or f'{self.host}:{self.port}'}"

    def __repr__(self) -> str:
        return f"MysqlAddress({self})"


class Database:
    """One connection; `rows` runs a query whose values are parameters, `?`, whatever the driver writes for them."""

    name: str  # for messages

    def columns(self, table: str) -> List[str]:
        """The names of a table's columns, in their order, as `SELECT *` shows them."""
        raise NotImplementedError

    def rows(self, query: str, parameters: Sequence[Any], size: int) -> Iterator[Sequence[Row]]:
        """What a query finds, up to `size` rows at a time, so that only they are held twice."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class SqliteDatabase(Database):
    """A file, opened for reading alone; other programs may be writing it."""

    def __init__(self, path: str):
        self.name = f"database {path}"
        if not os.path.exists(path):
            raise NotFound(f"there is no {self.name}; give connect() the file of a run's --db, or set galileo_expdb_sqlite_path")
        uri = pathlib.Path(path).absolute().as_uri() + "?mode=ro"
        try:
            self._connection = sqlite3.connect(uri, uri=True, timeout=10, check_same_thread=False)
        except sqlite3.Error as error:
            raise Unavailable(f"{self.name}: {error}") from error

    def columns(self, table: str) -> List[str]:
        with self._explained():
            return [row[0] for row in self._connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]

    def rows(self, query: str, parameters: Sequence[Any], size: int) -> Iterator[Sequence[Row]]:
        with self._explained():
            cursor = self._connection.execute(query, parameters)
            while rows := cursor.fetchmany(size):
                yield rows

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise Unavailable(f"{self.name}: {error}") from error


class MysqlDatabase(Database):
    """A MariaDB or MySQL server, by Debian's python3-pymysql; connected anew when the connection was lost."""

    def __init__(self, address: MysqlAddress, timeout: int):
        try:
            import pymysql
            import pymysql.cursors
        except ImportError as error:
            raise ImportError("reading MariaDB needs the Python package pymysql; on Debian: apt-get install python3-pymysql") from error
        self.name = str(address)
        self._pymysql = pymysql
        try:
            self._connection = pymysql.connect(
                host=address.host, port=address.port, user=address.user, password=address.password, database=address.database,
                unix_socket=address.socket, charset="utf8mb4", connect_timeout=10, read_timeout=timeout, autocommit=True,
                cursorclass=pymysql.cursors.SSCursor)
        except pymysql.err.OperationalError as error:
            raise self._explain(error) from error

    def columns(self, table: str) -> List[str]:
        query = "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? " \
                "AND EXTRA NOT LIKE '%INVISIBLE%' ORDER BY ORDINAL_POSITION"
        return [row[0] for rows in self.rows(query, (table,), 1000) for row in rows]

    def rows(self, query: str, parameters: Sequence[Any], size: int) -> Iterator[Sequence[Row]]:
        try:
            self._connection.ping()
            with self._connection.cursor() as cursor:
                cursor.execute(query.replace("%", "%%").replace("?", "%s"), tuple(parameters))
                while rows := cursor.fetchmany(size):
                    yield rows
        except (self._pymysql.err.Error, OSError) as error:
            raise self._explain(error) from error

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _explain(self, error: Exception) -> Exception:
        number, *texts = error.args if error.args else (0,)
        text = f"{self.name}: {' '.join(str(one) for one in texts) or error}"
        if number in (1044, 1045, 1142):  # ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR
            return Denied(text)
        return NotFound(text) if number == 1049 else Unavailable(text)  # ER_BAD_DB_ERROR


def open_database(where: Optional[str], environment: Mapping[str, str]) -> Database:
    """The database at `where`, a path or an address, or else the one that the environment names."""
    timeout = _number(environment, "galileo_expdb_mysql_timeout", 60)
    if where is not None:
        scheme, mark, _ = where.partition("://")
        if not mark:
            return SqliteDatabase(where)
        if scheme in ("mysql", "mariadb"):
            return MysqlDatabase(_address(where), timeout)
        raise InvalidInput(f"connect: unknown scheme {scheme}://; wanted the path of an SQLite file, or mysql://USER:PASSWORD@HOST:PORT/DATABASE")
    driver = environment.get("galileo_expdb_driver") or "sqlite"
    if driver == "sqlite":
        return SqliteDatabase(environment.get("galileo_expdb_sqlite_path") or "./galileodb.sqlite")
    if driver in ("mysql", "mariadb", "mixed"):
        return MysqlDatabase(_address_of(environment), timeout)
    raise InvalidInput(f"galileo_expdb_driver: unknown database driver {driver}; frames come from sqlite, mysql (or mariadb, the same), and mixed")


def _address_of(environment: Mapping[str, str]) -> MysqlAddress:
    def variable(name: str) -> str:
        return environment.get(f"galileo_expdb_mysql_{name}") or ""

    if not variable("db"):
        raise InvalidInput("galileo_expdb_mysql_db is not set; it names the database")
    return MysqlAddress(variable("host") or "localhost", _number(environment, "galileo_expdb_mysql_port", 3307), variable("db"),
                        variable("user") or None, variable("password"), variable("socket") or None)


def _address(url: str) -> MysqlAddress:
    wanted = "wanted mysql://USER:PASSWORD@HOST:PORT/DATABASE"
    parts = urllib.parse.urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise InvalidInput(f"connect: the port is no number from 0 to 65535; {wanted}") from None
    database = urllib.parse.unquote(parts.path.lstrip("/"))
    if not database or not parts.hostname:
        raise InvalidInput(f"connect: no {'database' if parts.hostname else 'host'} is named; {wanted}")
    return MysqlAddress(parts.hostname, port or 3306, database, urllib.parse.unquote(parts.username or "") or None,
                        urllib.parse.unquote(parts.password or ""))


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name) or str(default)
    if not given.isdigit() or not 0 < int(given) < 86401:
        raise InvalidInput(f"{name} is {given!r}; wanted a whole number from 1")
    return int(given)
