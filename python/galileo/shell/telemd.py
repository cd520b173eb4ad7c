"""Telemetry daemons on the hosts."""

from typing import Any, Iterable, List, Optional

from galileo._session import session_of

_COMMANDS = "telemcmd/"


class Telemd:
    """Controls the telemetry daemons (telemd) that listen at this Redis. Nothing waits for their doing so.

    >>> telemd.list_telemd_hosts()
    ['node1', 'node2']
    >>> telemd.start_telemd(['node1'])
    >>> telemd.stop_telemd()                     # on all hosts
    """

    def __init__(self, rds: Any):
        self._session = session_of(rds)

    def list_telemd_hosts(self) -> List[str]:
        """The hosts whose daemon listens for commands now, in order."""
        channels = self._session.execute("PUBSUB", "CHANNELS", _COMMANDS + "*")
        return sorted(channel[len(_COMMANDS):] for channel in channels)

    def start_telemd(self, hosts: Optional[Iterable[str]] = None) -> None:
        """Lets the daemons on `hosts` (all when left out) publish."""
        self._tell("unpause", hosts)

    def stop_telemd(self, hosts: Optional[Iterable[str]] = None) -> None:
        """Lets the daemons on `hosts` (all when left out) pause."""
        self._tell("pause", hosts)

    def _tell(self, command: str, hosts: Optional[Iterable[str]]) -> None:
        for host in self.list_telemd_hosts() if hosts is None else hosts:
            self._session.execute("PUBLISH", _COMMANDS + host, command)
