"""The compiled half of package galileo. Use the package; this says what it stands on.

Every method that asks Redis or a worker may raise a GalileoError. It waits without the interpreter's lock, and Ctrl-C
ends the wait.
"""

from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple, TypedDict, final

__version__: str

_ClientConfig = Tuple[str, Optional[str], Any, Any]
"""(service, client, parameters, worker_labels)"""
_ClientDescription = Tuple[str, str, _ClientConfig]
"""(client_id, worker, config)"""
_ClientInfo = Tuple[_ClientDescription, int, int]
"""(description, requests, failed)"""
_Route = Tuple[str, List[str], List[float]]
"""(service, hosts, weights)"""
_ClientIds = Mapping[str, Sequence[str]]
"""{worker: [client_id]}"""

class GalileoError(Exception):
    code: str

class InvalidInput(GalileoError, ValueError): ...
class NotFound(GalileoError, LookupError): ...
class Conflict(GalileoError, RuntimeError): ...
class Unavailable(GalileoError, ConnectionError): ...
class Timeout(GalileoError, TimeoutError): ...
class Exhausted(GalileoError, RuntimeError): ...
class Denied(GalileoError, PermissionError): ...
class ProtocolError(GalileoError, RuntimeError): ...

class _Commanded(TypedDict):
    acknowledged: int
    """Clients whose workers said that the command has taken effect."""
    told: int
    """Clients of workers that do not acknowledge (the original's)."""
    unknown: List[str]
    """The ids of those that their workers do not have."""

class _Statistics(TypedDict):
    """What clients did in the last `seconds`, merged from the histograms of their workers."""

    seconds: int
    reporting: int
    rate: float
    planned: int
    sent: int
    dropped: int
    late: int
    completed: int
    failed: int
    bytes_received: int
    statuses: Dict[int, int]
    errors: Dict[str, int]
    latency: Dict[str, Optional[float]]
    service_time: Dict[str, Optional[float]]

class _Account(TypedDict):
    """Rows of a recording."""

    experiment_id: str
    traces: int
    telemetry: int
    events: int
    node_infos: int
    refused: int
    lost: int
    trouble: str

@final
class DoneWatch:
    """Waits until some clients have used their workloads up."""

    def wait(self, seconds: float) -> bool:
        """True once all are done, or the watch was cancelled; False after `seconds`."""

    def done(self, client_id: str) -> None:
        """Waits for this client no more."""

    def cancel(self) -> None:
        """Ends all waiting."""

    def waiting(self) -> List[str]:
        """The ids of the clients that are not done."""

@final
class Session:
    """One connection to the cluster behind one Redis."""

    def __init__(self, address: str, environment: Mapping[str, str]) -> None: ...
    def close(self) -> None: ...
    def execute(self, *args: Any) -> Any: ...
    def workers_info(self) -> List[Tuple[str, Dict[str, str]]]: ...
    def ping(self) -> List[Any]: ...
    def discover(self) -> int: ...
    def start_tracing(self) -> int: ...
    def stop_tracing(self) -> int: ...
    def clients(self) -> List[_ClientDescription]: ...
    def client_infos(self) -> List[Any]: ...
    def spawn(self, service: str, num: int, client: Optional[str], parameters: Any,
              worker_labels: Any) -> List[_ClientDescription]: ...
    def set_workload(self, clients: _ClientIds, num: Optional[int], distribution: str,
                     parameters: Any) -> _Commanded: ...
    def stop_workload(self, clients: _ClientIds) -> _Commanded: ...
    def close_clients(self, clients: _ClientIds) -> _Commanded: ...
    def gone(self, clients: _ClientIds) -> List[str]: ...
    def watch_done(self, client_ids: Sequence[str]) -> DoneWatch: ...
    def statistics(self, sources: Set[Tuple[str, str]], seconds: int) -> _Statistics: ...
    def set_route(self, service: str, hosts: Sequence[str], weights: Sequence[float]) -> None: ...
    def route(self, service: str) -> Optional[_Route]: ...
    def routes(self) -> List[_Route]: ...
    def append_route(self, service: str, host: str, weight: float) -> _Route: ...
    def update_weights(self, service: str, weights: Sequence[float]) -> None: ...
    def remove_route(self, service: str) -> None: ...
    def drain_host(self, service: str, host: str) -> _Route: ...
    def undrain_host(self, service: str, host: str) -> _Route: ...
    def clear_routes(self) -> None: ...

@final
class Recording:
    """Traces, telemetry and events of a stretch of time, on their way into the database as an experiment."""

    def __init__(self, session: Session, name: Optional[str], creator: Optional[str], metadata: Any,
                 environment: Mapping[str, str]) -> None: ...
    @property
    def experiment_id(self) -> str: ...
    def account(self) -> _Account: ...
    def stop(self) -> _Account: ...
