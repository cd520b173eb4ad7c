"""Which host a service's requests go to: records, the table in Redis, and how hosts are drawn."""

from galileo.routing.balancer import WeightedRoundRobin
from galileo.routing.record import RoutingRecord
from galileo.routing.table import RedisRoutingTable

__all__ = ["RedisRoutingTable", "RoutingRecord", "WeightedRoundRobin"]
