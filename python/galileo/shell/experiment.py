"""Recording an experiment into the database."""

import atexit
import json
import time
from typing import Any, Dict, Optional

import _galileo
from galileo._check import optional_text
from galileo._session import session_of, settings

_EVENTS = "galileo/events"


class Experiment:
    """Records what goes on, traces, telemetry and events, as an experiment in the database.

    >>> exp.start(name='first try', creator='me', metadata={'zone': 'A'})
    experiment started
    >>> exp.event('load', 'high')
    1795487324.457: load = high
    >>> exp.stop()
    waiting for experiment to end...
    ok

    galileo_expdb_sqlite_path says which file (default ./galileodb.sqlite). Workers must record traces
    (galileo_trace_logging=redis) for them to be among it.
    """

    def __init__(self, rds: Any):
        self._session = session_of(rds)
        self._recording: Any = None

    @property
    def id(self) -> Optional[str]:
        """The id of the running experiment, or None."""
        return None if self._recording is None else self._recording.experiment_id

    def start(self, name: Optional[str] = None, creator: Optional[str] = None,
              metadata: Optional[Dict[str, Any]] = None) -> None:
        """Begins an experiment; from its return on nothing is missed.

        name      the id when left out
        creator   galileodb-recorder-<pid> when left out
        metadata  a dict, stored as JSON

        Ends by itself with the session. Prints `experiment already running` when one is.

        >>> exp.start('ramp', metadata={'zone': 'A', 'rates': [1, 2, 4]})
        experiment started
        """
        if self._recording is not None:
            print("experiment already running")
            return
        # Only what is JSON reaches the database; the original's scripts pass named tuples and the like too.
        plain = json.loads(json.dumps(metadata, default=str))
        self._recording = _galileo.Recording(self._session, optional_text("name", name),
                                             optional_text("creator", creator), plain, settings())
        atexit.register(self.stop)
        print("experiment started")

    def stop(self, wait: float = 5) -> None:
        """Ends the experiment, once everything that came is stored. No effect when none is running."""
        del wait  # of the original, which gave up after it; here the end is certain
        if self._recording is None:
            return
        recording, self._recording = self._recording, None
        atexit.unregister(self.stop)
        print("waiting for experiment to end...")
        account = recording.stop()
        print("ok")
        if account["lost"] or account["trouble"]:
            print(f"{account['lost']} rows are lost: {account['trouble']}")

    def event(self, name: str, value: Optional[Any] = None) -> None:
        """Publishes an event with the time of now, and prints it. A running experiment records it, whoever has started it.

        >>> exp.event('load')
        1795487324.457: load
        >>> exp.event('load', 'high')
        1795487324.457: load = high
        """
        now = time.time()
        self._session.execute("PUBLISH", _EVENTS, f"{now} {name}" if value is None else f"{now} {name} {value}")
        print(f"{now:.3f}: {name}" if value is None else f"{now:.3f}: {name} = {value}")

    def __repr__(self) -> str:
        return f"Experiment({'not running' if self._recording is None else self.id})"
