"""The values that travel between controllers, workers and clients, as named tuples."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

__all__ = ["ClientConfig", "ClientDescription", "ClientInfo", "ClientStartedEvent", "ClientStoppedEvent", "CloseClientCommand",
           "CreateClientCommand", "PauseTracingCommand", "RegisterWorkerCommand", "RegisterWorkerEvent", "SetWorkloadCommand",
           "StartTracingCommand", "StopClientsCommand", "StopWorkloadCommand", "UnregisterWorkerEvent", "WorkloadDoneEvent"]


def abbreviated(parameters: Any, longest: int) -> str:
    """The text of parameters, cut to `longest` characters with ` ...}` at the end."""
    text = str(parameters)
    return text if len(text) <= longest else text[:longest - 5] + " ...}"


class ClientConfig(NamedTuple):
    """What a client sends and where it may run."""
    service: str  #: name in the routing table
    client: Optional[str] = None  #: name of a client app; None: plain HTTP requests
    parameters: Optional[Dict[str, Any]] = None  #: of the app, or method, path and kwargs of the request
    worker_labels: Optional[Dict[str, str]] = None  #: only workers with all of these labels host it

    def __repr__(self) -> str:
        return (f"ClientConfig(service={self.service}, client={self.client}, "
                f"parameters={abbreviated(self.parameters, 120)}, worker_labels:{self.worker_labels})")


class ClientDescription(NamedTuple):
    """One emulated client."""
    client_id: str  #: <worker>:<service>:<n>
    worker: str
    config: ClientConfig


class ClientInfo(NamedTuple):
    """What a client has done so far."""
    description: ClientDescription
    requests: int  #: started
    failed: int  #: of them: no answer, or a status of 300 or above


class RegisterWorkerCommand(NamedTuple):
    """To all workers: register again."""


class RegisterWorkerEvent(NamedTuple):
    """A worker has registered."""
    name: str


class UnregisterWorkerEvent(NamedTuple):
    """A worker has gone."""
    name: str


class StartTracingCommand(NamedTuple):
    """To all workers: record traces from now on."""


class PauseTracingCommand(NamedTuple):
    """To all workers: flush, then drop traces."""


class CreateClientCommand(NamedTuple):
    """Argument of the remote function WorkerDaemon.create_client:<worker>."""
    host: str
    config: ClientConfig
    num: Optional[int] = 1


class CloseClientCommand(NamedTuple):
    """To all workers: whoever hosts this client closes it."""
    client_id: str


class SetWorkloadCommand(NamedTuple):
    """To all clients: replaces the workload of this one."""
    client_id: str
    num: Optional[int] = None
    distribution: str = "constant"
    parameters: Optional[List[float]] = None


class StopWorkloadCommand(NamedTuple):
    """To all clients: ends the workload of this one."""
    client_id: str


class WorkloadDoneEvent(NamedTuple):
    """A client has used its workload up."""
    client_id: str


class StopClientsCommand(NamedTuple):
    """Defined by the original, and never sent."""
    client_id: str


class ClientStartedEvent(NamedTuple):
    """Defined by the original, and never sent."""
    host: str
    client_id: str


class ClientStoppedEvent(NamedTuple):
    """Defined by the original, and never sent."""
    host: str
    client_id: str


def description_of(wire: Any) -> ClientDescription:
    """From (client_id, worker, (service, client, parameters, worker_labels))."""
    client_id, worker, config = wire
    return ClientDescription(client_id, worker, ClientConfig(*config))


def info_of(wire: Any) -> ClientInfo:
    """From (description, requests, failed)."""
    description, requests, failed = wire
    return ClientInfo(description_of(description), requests, failed)


def order_of(client: ClientDescription) -> Tuple[str, int, str]:
    """A key to sort clients by: w1:echo:2 stands before w1:echo:10."""
    name, _, number = client.client_id.rpartition(":")
    return name, int(number) if number.isdecimal() else 0, number
