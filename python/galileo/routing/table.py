"""The routing table in Redis, which all workers follow."""

from typing import Any, List, Optional, Sequence

from galileo._check import number, text
from galileo._session import session_of
from galileo.errors import InvalidInput, NotFound
from galileo.routing.record import RoutingRecord


def _numbers(weights: Sequence[float]) -> List[float]:
    return [number("weight", weight) for weight in weights]


class RedisRoutingTable:
    """Reads and changes the table behind a redis.Redis (or a _galileo.Session). Each change is one transaction, and every
    worker sends by it from its next request on."""

    def __init__(self, rds: Any):
        self._session = session_of(rds)

    def set(self, service: str, hosts: Sequence[str], weights: Optional[Sequence[float]] = None) -> RoutingRecord:
        """Sends requests of `service` to `hosts` from now on, in proportion to `weights` (1 each when left out).

        Raises ValueError when a host is no `host` or `host:port`, or the numbers of hosts and weights differ.

        >>> rtbl.set('myservice', ['host1:8080', 'host2:8080'], [1, 2])
        RoutingRecord(service='myservice', hosts=['host1:8080', 'host2:8080'], weights=[1, 2])
        """
        hosts = [hosts] if isinstance(hosts, str) else list(hosts)
        weights = [1] * len(hosts) if weights is None else list(weights)
        if len(hosts) != len(weights):
            raise InvalidInput("The number of weights does not match the population")
        self._session.set_route(text("service", service), [text("host", host) for host in hosts], _numbers(weights))
        return RoutingRecord(service, hosts, weights)

    def record(self, service: str) -> Optional[RoutingRecord]:
        """The record of a service, or None.

        >>> rtbl.record('myservice')
        RoutingRecord(service='myservice', hosts=['host1:8080', 'host2:8080'], weights=[1.0, 2.0])
        """
        wire = self._session.route(service)
        return None if wire is None else RoutingRecord(*wire)

    def records(self) -> List[RoutingRecord]:
        """All records, in order of service.

        >>> [record.service for record in rtbl.records()]
        ['echo', 'myservice']
        """
        return [RoutingRecord(*wire) for wire in self._session.routes()]

    def append(self, service: str, host: str, weight: float = 1) -> "RedisRoutingTable | RoutingRecord":
        """Adds one host to a service, and returns the table; a service that has no record yet gets one, which is returned.

        >>> rtbl.append('myservice', 'host3:8080', 4)
        """
        before = self.record(text("service", service))
        self._session.append_route(service, text("host", host), number("weight", weight))
        return RoutingRecord(service, [host], [weight]) if before is None else self

    def update_weights(self, service: str, weights: Sequence[float]) -> "RedisRoutingTable":
        """Changes the weights alone, given in the order of the hosts. Raises NotFound when the service has no record,
        InvalidInput when it does not have as many hosts.

        >>> rtbl.update_weights('myservice', [3, 1])
        """
        record = self.record(service)
        if record is None:
            raise NotFound(f"No routing record found for service '{service}'")
        if len(record.hosts) != len(weights):
            raise InvalidInput("invalid number of weights")
        self._session.update_weights(service, _numbers(weights))
        return self

    def drain(self, service: str, host: str) -> RoutingRecord:
        """Gives a host no new requests, while those in flight end: its weight becomes 0, and is remembered. Raises NotFound
        when the service has no such host.

        >>> rtbl.drain('myservice', 'host1:8080')
        RoutingRecord(service='myservice', hosts=['host1:8080', 'host2:8080'], weights=[0.0, 2.0])
        """
        return RoutingRecord(*self._session.drain_host(service, host))

    def undrain(self, service: str, host: str) -> RoutingRecord:
        """Gives a drained host its former weight again. Raises Conflict when it is not drained.

        >>> rtbl.undrain('myservice', 'host1:8080')
        RoutingRecord(service='myservice', hosts=['host1:8080', 'host2:8080'], weights=[1.0, 2.0])
        """
        return RoutingRecord(*self._session.undrain_host(service, host))

    def remove(self, service: str) -> "RedisRoutingTable":
        """Removes the record of a service; its requests then fail until there is one again. No error when there is none.

        >>> rtbl.remove('myservice')
        """
        self._session.remove_route(service)
        return self

    def clear(self) -> "RedisRoutingTable":
        """Removes all records; requests of every service fail then.

        >>> rtbl.clear()
        """
        self._session.clear_routes()
        return self
