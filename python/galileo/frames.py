"""Recorded experiments as pandas DataFrames, for notebooks.

    >>> import galileo.frames
    >>> db = galileo.frames.connect()                 # the database that the variables galileo_expdb_* name
    >>> db = galileo.frames.connect('results.sqlite') # or the file of a run's --db, or mysql://USER:PASSWORD@HOST:PORT/DATABASE
    >>> db.experiments()[['EXP_ID', 'NAME', 'STATUS']]
    >>> traces = db.traces('202611240231-133d')
    >>> galileo.frames.percentiles(traces, '1s').plot()

Columns have the database's names, upper case, in the database's order, with its values: times are seconds since 1970, as
floats. Frames of things that happen at some time (telemetry, events, traces) are in the order of that time and have it
as index: a DatetimeIndex named `time`, in UTC, without a time zone, as pandas.to_datetime(..., unit='s') gives it.
What is computed here has lower-case names. docs/notebooks.md has the whole list and examples.

Needs pandas (Debian: python3-pandas), and for MariaDB and MySQL pymysql (Debian: python3-pymysql).
"""

import os
import warnings
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from galileo import _expdb
from galileo.errors import InvalidInput, NotFound, Unavailable

__all__ = ["connect", "Frames", "failed", "latency", "percentiles", "rate", "errors"]

# Rows that are held as Python objects at once; more gain no speed, fewer cost some.
_CHUNK = 50_000
# Columns of numbers, and columns whose texts repeat, so that each text is kept once.
_REALS = {("experiments", "START"), ("experiments", "END"), ("experiments", "CREATED"), ("telemetry", "TIMESTAMP"),
          ("telemetry", "VALUE"), ("events", "TIMESTAMP"), ("traces", "CREATED"), ("traces", "SENT"), ("traces", "DONE")}
_REPEATING = {"EXP_ID", "CLIENT", "SERVICE", "SERVER", "METRIC", "SUBSYSTEM", "NODE", "NAME", "INFO_KEY", "HEADERS", "RESPONSE"}

Names = Union[None, str, Iterable[str]]


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError("galileo.frames needs pandas; on Debian: apt-get install python3-pandas") from error
    return pandas


def connect(where: Optional[str] = None, environment: Optional[Mapping[str, str]] = None) -> "Frames":
    """Opens an experiment database for reading.

    where        path of an SQLite file, or mysql://USER:PASSWORD@HOST:PORT/DATABASE (mariadb:// is the same, port 3306 by
                 default); None: what galileo_expdb_driver and the other variables galileo_expdb_* say (docs/database.md)
    environment  stands for os.environ

    Raises NotFound when there is no such file or database, Denied, Unavailable, InvalidInput with what is allowed, and
    ImportError with the name of the package that is missing.
    """
    _pandas()
    return Frames(_expdb.open_database(where, os.environ if environment is None else environment))


class Frames:
    """An experiment database; each method runs one query and returns a DataFrame of its own.

    Experiments are named by their ids, one or several: db.traces('a', 'b'), or db.traces(*frame.EXP_ID). An id that the
    database does not know raises NotFound. Usable with `with`, which closes it. Not for several threads at once.
    """

    def __init__(self, database: _expdb.Database):
        self._database = database

    def __enter__(self) -> "Frames":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<galileo.frames of {self._database.name}>"

    def close(self) -> None:
        """Closes the connection. Frames that were made stay."""
        self._database.close()

    def experiments(self) -> Any:
        """All experiments: EXP_ID, NAME, CREATOR, START, END, CREATED, STATUS."""
        return self._read("experiments", None, [], {})

    def metadata(self, *ids: str) -> Any:
        """EXP_ID, DATA: one JSON object for each experiment, as text for json.loads. Without ids: of all experiments."""
        return self._read("metadata", None, self._known(ids) if ids else [], {})

    def nodeinfo(self, *ids: str) -> Any:
        """EXP_ID, NODE, INFO_KEY, INFO_VALUE: what hosts said about themselves, one row for each key."""
        return self._read("nodeinfo", None, self._named(ids), {})

    def events(self, *ids: str, name: Names = None) -> Any:
        """EXP_ID, TIMESTAMP, NAME, VALUE, by time; `name`, one or several, chooses."""
        return self._by_time(self._read("events", None, self._named(ids), {"NAME": name}), "TIMESTAMP")

    def telemetry(self, *ids: str, metric: Names = None, node: Names = None, subsystem: Names = None) -> Any:
        """EXP_ID, TIMESTAMP, METRIC, SUBSYSTEM, NODE, VALUE, by time; the names, one or several each, choose rows."""
        wanted = {"METRIC": metric, "NODE": node, "SUBSYSTEM": subsystem}
        return self._by_time(self._read("telemetry", None, self._named(ids), wanted), "TIMESTAMP")

    def traces(self, *ids: str, columns: Optional[Sequence[str]] = None) -> Any:
        """REQUEST_ID, CLIENT, SERVICE, CREATED, SENT, DONE, STATUS, RESPONSE, HEADERS, SERVER, EXP_ID: one row for each request.

        By time of CREATED, when the request was due. STATUS and SENT are -1 where there was none. `columns` chooses, in
        the order given: what is left out costs neither time nor memory.
        """
        if isinstance(columns, str):
            columns = [columns]
        frame = self._read("traces", columns, self._named(ids), {}, also="CREATED")
        frame = self._by_time(frame, "CREATED")
        return frame if columns is None or "CREATED" in [one.upper() for one in columns] else frame.drop(columns="CREATED")

    def _named(self, ids: Sequence[str]) -> List[str]:
        if not ids:
            raise InvalidInput("no experiment is named; give one id or several, as in traces('202611240231-133d')")
        return self._known(ids)

    def _known(self, ids: Sequence[str]) -> List[str]:
        wanted = [str(one) for one in ids]
        query = f"SELECT EXP_ID FROM experiments WHERE EXP_ID IN ({_marks(wanted)})"
        self._columns("experiments")
        known = {row[0] for rows in self._database.rows(query, wanted, _CHUNK) for row in rows}
        for one in wanted:
            if one not in known:
                raise NotFound(f"there is no experiment {one!r} in {self._database.name}; `galileo exp ls` and experiments() list them")
        return wanted

    def _columns(self, table: str) -> List[str]:
        found = self._database.columns(table)
        if not found:
            raise Unavailable(f"{self._database.name} has no table {table}: it is not an experiment database, or nothing was recorded yet")
        return found

    def _read(self, table: str, columns: Optional[Sequence[str]], ids: Sequence[str], choice: Dict[str, Names], also: str = "") -> Any:
        there = self._columns(table)
        wanted = there if columns is None else [_column(table, one, there) for one in columns]
        if also and also not in wanted:
            wanted = [*wanted, also]
        conditions, parameters = _conditions({"EXP_ID": list(ids) or None, **choice})
        query = f"SELECT {', '.join(wanted)} FROM {table}{conditions}"
        return _frame(table, wanted, self._database.rows(query, parameters, _CHUNK))

    def _by_time(self, frame: Any, column: str) -> Any:
        pandas = _pandas()
        missing = int(frame[column].isna().sum())
        if missing:
            warnings.warn(f"{missing} rows have a {column} that is no number; their time is NaT", stacklevel=3)
        frame.index = pandas.DatetimeIndex(pandas.to_datetime(frame[column], unit="s"), name="time")
        return frame if frame.index.is_monotonic_increasing else frame.sort_index(kind="stable")


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _column(table: str, name: str, there: Sequence[str]) -> str:
    if name.upper() not in there:
        raise InvalidInput(f"{table} has no column {name}; it has {', '.join(there)}")
    return name.upper()


def _conditions(choice: Mapping[str, Names]) -> Tuple[str, List[str]]:
    parts: List[str] = []
    parameters: List[str] = []
    for column, names in choice.items():
        if names is not None:
            values = [names] if isinstance(names, str) else [str(one) for one in names]
            parts.append(f"{column} IN ({_marks(values)})" if values else "1 = 0")
            parameters += values
    return (" WHERE " + " AND ".join(parts) if parts else ""), parameters


def _frame(table: str, columns: Sequence[str], chunks: Iterable[Sequence[_expdb.Row]]) -> Any:
    """A frame of rows: chunk by chunk into arrays, because Python's own objects take four times their room."""
    pandas = _pandas()
    import numpy  # pandas needs it

    parts: List[List[Any]] = [[] for _ in columns]
    kept: List[Dict[Any, Any]] = [{} for _ in columns]
    for rows in chunks:
        for column, values, part, known in zip(columns, zip(*rows), parts, kept):
            if (table, column) in _REALS:
                part.append(_reals(values))
            elif column == "STATUS" and table == "traces":
                part.append(_statuses(values))
            else:
                array = numpy.empty(len(values), dtype=object)
                array[:] = [known.setdefault(one, one) for one in values] if column in _REPEATING and len(known) < _CHUNK else values
                part.append(array)
    data = {column: numpy.concatenate(part) if part else numpy.empty(0, dtype=float if (table, column) in _REALS else object)
            for column, part in zip(columns, parts)}
    frame = pandas.DataFrame(data, columns=list(dict.fromkeys(columns)))
    return frame.astype({"STATUS": "int64"}) if table == "traces" and "STATUS" in data else frame


def _reals(values: Sequence[Any]) -> Any:
    """As floats; NULL and what is no number, which only other programs store, as NaN."""
    import numpy
    try:
        return numpy.array(values, dtype=float)
    except (TypeError, ValueError):
        return _pandas().to_numeric(_pandas().Series(values, dtype=object), errors="coerce").to_numpy(dtype=float)


def _statuses(values: Sequence[Any]) -> Any:
    import numpy
    return numpy.array([-1 if one is None else one for one in values], dtype="int64")


def failed(traces: Any) -> Any:
    """Which traces count as failed, as a Series of bool: no answer (STATUS -1), or one of 300 and above."""
    return (traces["STATUS"] < 0) | (traces["STATUS"] >= 300)


def latency(traces: Any, since: str = "created") -> Any:
    """Seconds that each request took, as a Series; NaN where none was sent.

    since  'created': from when it was due, so that waiting behind a slow service counts (no coordinated omission)
           'sent': from when it was sent
    """
    start = {"created": "CREATED", "sent": "SENT"}.get(since)
    if start is None:
        raise InvalidInput(f"since is {since!r}; wanted 'created' or 'sent'")
    taken = traces["DONE"] - traces[start]
    return (taken.where(traces["SENT"] >= 0) if "SENT" in traces else taken).rename("latency")


def percentiles(traces: Any, window: str = "1s", of: Sequence[float] = (50, 95, 99), since: str = "created") -> Any:
    """Percentiles of the latency, in seconds, of each window of time: columns p50, p95, p99, ... as `of` says.

    `window` is a pandas offset such as '1s', '500ms' or '1min'; NaN where no request was due in one. `since` as in latency().
    Of all requests, failed ones too: for those answered well, percentiles(traces[~failed(traces)]).
    """
    grouped = latency(traces, since).resample(window)
    pandas = _pandas()
    return pandas.DataFrame({f"p{one:g}": grouped.quantile(one / 100) for one in of})


def rate(traces: Any, window: str = "1s", by: Optional[str] = None) -> Any:
    """Requests per second, by when they were due: a Series; with `by`, a column such as 'SERVICE' or 'SERVER', a frame of them."""
    seconds = _pandas().Timedelta(window).total_seconds()
    return (_counts(traces, window, by) / seconds).rename("requests per second") if by is None else _counts(traces, window, by) / seconds


def errors(traces: Any, window: str = "1s") -> Any:
    """Number of failed requests of each window: one column for each STATUS that failed, -1 for no answer, in order."""
    counts = _counts(traces, window, "STATUS")
    return counts[[one for one in counts.columns if one < 0 or one >= 300]]


def _counts(traces: Any, window: str, by: Optional[str]) -> Any:
    """Rows of each window, 0 where there are none."""
    pandas = _pandas()
    if by is None:
        return traces.resample(window).size()
    total = traces.resample(window).size()
    if traces.empty:
        return pandas.DataFrame(index=total.index)
    # Grouped at once: windows of each group alone would begin with its own first row where the index is no date.
    counts = traces.groupby([pandas.Grouper(freq=window), by], dropna=False).size().unstack(fill_value=0)
    frame = counts.reindex(total.index, fill_value=0).astype("int64").sort_index(axis=1)
    frame.columns.name = by
    return frame
