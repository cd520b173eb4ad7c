"""What the table knows of one service."""

from typing import List, NamedTuple


class RoutingRecord(NamedTuple):
    """The hosts of a service and their weights, in the same order."""
    service: str
    hosts: List[str]  #: host or host:port
    weights: List[float]
