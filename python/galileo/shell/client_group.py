"""Clients that are steered together."""

import math
import numbers
import sys
import time
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple, Union

from galileo._check import number_from_0, whole_number
from galileo.errors import InvalidInput, NotFound
from galileo.shell.request_future import RequestFuture
from galileo.shell.stats import Stats
from galileo.worker.api import ClientConfig, ClientDescription, ClientInfo, description_of, info_of, order_of

Interval = Union[float, int, Sequence[Any]]


def workload_of(n: Optional[int], ia: Optional[Interval]) -> Tuple[Optional[int], str, Optional[List[Any]]]:
    """(num, distribution, parameters) as they travel, from the arguments of ClientGroup.request."""
    if n is None and ia is None:
        raise InvalidInput("need interarrival or number of messages")
    if n is not None:
        n = whole_number("n", n, "a whole number, 0 for no limit")
    if ia is None:
        return n, "constant", None
    if isinstance(ia, (int, float, numbers.Real)):  # the last: NumPy's too
        return n, "constant", [float(ia)]
    if isinstance(ia, str) or not ia or not isinstance(ia[0], str):
        raise InvalidInput(f"ia is {ia!r}; wanted seconds, or a distribution and its parameters such as ('uniform', 0.1, 0.2)")
    return n, ia[0], list(ia[1:])


class ClientGroup:
    """Clients that are steered together; what `g.spawn` and `g.clients` return.

    >>> clients = g.spawn('echo', 3)
    >>> clients
    w1:echo:0
    w1:echo:1
    w2:echo:0
    >>> clients.rps(10)                                    # each sends 10 requests a second, until told otherwise
    >>> clients.request(n=100, ia=('expovariate', 20)).wait()
    >>> clients.stats()                                    # the last seconds
    >>> clients.close()
    closing 3 clients
    ['w2:echo:0', 'w1:echo:1', 'w1:echo:0']

    Workers of ours acknowledge each command; it has taken effect when the call returns.
    """

    def __init__(self, session: Any, clients: List[ClientDescription], config: Optional[ClientConfig] = None):
        self._session = session
        self.clients = clients  #: list of ClientDescription
        self.config = config  #: with which add() spawns more; None: unknown
        self._spawned = None if config is None else time.monotonic()
        self._future: Optional[RequestFuture] = None

    # --- load

    def rps(self, n: float) -> None:
        """Lets each client send `n` requests a second from now on, evenly spaced; 0 pauses. Replaces what they do now.

        >>> clients.rps(500)
        >>> clients.rps(0.1)                          # one in ten seconds
        """
        rate = number_from_0("the rate", n, "requests per second, 0 to pause")
        if rate == 0:
            self.pause()
            return
        self._set(None, "constant", [1 / rate])
        self._supersede()

    def request(self, n: Optional[int] = None, ia: Optional[Interval] = None) -> RequestFuture:
        """Lets each client send `n` requests, with the interval `ia` between their starts; replaces what they do now.

        n    how many each client sends; None or 0: no limit
        ia   seconds between starts, or a distribution and its parameters: ('uniform', 0.1, 0.5), ('expovariate', 20),
             ('normalvariate', mu, sigma), ('lognormvariate', mu, sigma), ('triangular', low, high, mode),
             ('gammavariate', alpha, beta), ('weibullvariate', alpha, beta), ('paretovariate', alpha),
             ('betavariate', alpha, beta), ('vonmisesvariate', mu, kappa), ('gauss', mu, sigma), or ('prerecorded',) with the
             intervals in the Redis list that is named like the client. None, or 0: as fast as the answers come, one
             request in flight at a time.

        Both are per client: request(n=10) of a group of 3 sends 30. Returns a RequestFuture, done after the answer to the
        last request. Raises InvalidInput without n and ia, and for parameters that a distribution does not have.

        >>> clients.request(n=10, ia=0.5).wait()
        >>> future = clients.request(n=1000)          # as fast as possible
        >>> future.wait(timeout=30)
        >>> clients.request(ia=('prerecorded', 'ran')).wait()
        """
        num, distribution, parameters = workload_of(n, ia)
        if num == 0:
            print("n = 0 means no limit; use pause() to send nothing", file=sys.stderr)
        future = RequestFuture(self._session, self._ids())
        self._set(num, distribution, parameters)
        self._supersede()
        self._future = future
        return future

    def pause(self) -> None:
        """No client starts a request any more, until it gets a new workload; requests in flight go on to their end.

        >>> clients.pause()
        """
        self._session.stop_workload(self._ids())
        self._supersede()

    # --- what they did

    def info(self) -> List[ClientInfo]:
        """What each client has done so far; clients that do not answer within 2 s are left out.

        >>> [(info.requests, info.failed) for info in clients.info()]
        [(100, 0), (100, 2)]
        """
        mine = {client.client_id for client in self.clients}
        infos = (info_of(wire) for wire in self._session.client_infos() if not isinstance(wire, Exception))
        return sorted((info for info in infos if info.description.client_id in mine),
                      key=lambda info: order_of(info.description))

    def stats(self, seconds: int = 3) -> Stats:
        """What the workers measured in the last `seconds` (1 to 10), merged: rate, counts, percentiles of latency.

        Workers count by service: clients of the same service on the same workers that are not of this group are included,
        and `others` says how many there are now. The first call waits for the first reports, up to 2 s.
        help(galileo.shell.stats.Stats) lists the keys.

        >>> clients.stats()
        last 3 s: 92.7/s, 278 sent, 278 completed, 0 failed, 0 dropped
        statuses      200: 278
                            p50      p90      p99    p99.9      max
        latency           537µs    716µs   1.64ms   2.12ms   2.12ms
        service time      341µs    527µs    969µs   1.53ms   1.53ms
        >>> clients.stats()['latency']['p99']
        0.001640447
        """
        if not 1 <= seconds <= 10:
            raise InvalidInput(f"seconds is {seconds}; wanted 1 to 10")
        if self._spawned is not None:  # what was before is not the group's
            seconds = max(1, min(seconds, math.ceil(time.monotonic() - self._spawned)))
        sources = {(client.worker, client.config.service) for client in self.clients}
        return Stats(self._session.statistics(sources, seconds), others=self._others(sources))

    def watch(self, seconds: Optional[float] = None) -> None:
        """Shows stats() once a second until Ctrl-C, or for `seconds`.

        >>> clients.watch(10)
        """
        end = None if seconds is None else time.monotonic() + seconds
        terminal = sys.stdout.isatty()
        lines = 0
        try:
            while end is None or time.monotonic() < end:
                text = repr(self.stats())
                if terminal and lines:
                    sys.stdout.write(f"\x1b[{lines}F\x1b[J")
                print(text, flush=True)
                lines = text.count("\n") + 1
                time.sleep(1)
        except KeyboardInterrupt:
            print()

    # --- membership

    def add(self, n: int = 1) -> "ClientGroup":
        """Spawns `n` more clients of the same kind into this group; returns a group of the new ones. They send nothing yet.
        Raises InvalidInput for groups of g.clients() and a + b, whose kind is not known; and as g.spawn().

        >>> clients.add(2)
        w1:echo:2
        w2:echo:1
        """
        if self.config is None:
            raise InvalidInput("need config to add clients to group")
        added = spawn(self._session, self.config, whole_number("n", n))
        self.clients.extend(added)
        return ClientGroup(self._session, added, self.config)

    def close(self, n: Optional[int] = None) -> List[str]:
        """Closes the last `n` clients (all when left out) and takes them out of the group; their ids, last first.

        >>> clients.close(1)
        closing 1 clients
        ['w2:echo:1']
        """
        count = len(self.clients) if n is None else max(0, min(n, len(self.clients)))
        closing = self.clients[len(self.clients) - count:]
        print(f"closing {count} clients")
        if count == len(self.clients):
            self._supersede()
        if closing:
            self._session.close_clients(ids_of(closing))
            del self.clients[len(self.clients) - count:]
        return [client.client_id for client in reversed(closing)]

    @staticmethod
    def merge(a: "ClientGroup", b: "ClientGroup") -> "ClientGroup":
        """A group of the clients of both, each once; the same as a + b. It cannot add() more.

        >>> (g.spawn('echo') + g.spawn('items')).rps(10)
        """
        clients = {client.client_id: client for client in [*a.clients, *b.clients]}
        return ClientGroup(a._session, list(clients.values()))

    def __add__(self, other: "ClientGroup") -> "ClientGroup":
        return ClientGroup.merge(self, other)

    def __len__(self) -> int:
        return len(self.clients)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self.clients)

    def __repr__(self) -> str:
        return "\n".join(client.client_id for client in self.clients) or "empty client group"

    # --- private

    def _others(self, sources: Set[Tuple[str, str]]) -> int:
        mine = {client.client_id for client in self.clients}
        everyone = map(description_of, self._session.clients())
        return sum((client.worker, client.config.service) in sources and client.client_id not in mine for client in everyone)

    def _ids(self) -> Dict[str, List[str]]:
        return ids_of(self.clients)

    def _set(self, num: Optional[int], distribution: str, parameters: Optional[List[Any]]) -> None:
        outcome = self._session.set_workload(self._ids(), num, distribution, parameters)
        lost = outcome["unknown"]
        if outcome["told"]:  # workers that do not acknowledge are the original's, or gone
            there = {name for name, _ in self._session.workers_info()}
            lost += [client.client_id for client in self.clients if client.worker not in there]
        if lost:
            raise NotFound(f"{len(lost)} clients are gone, {lost[0]} among them: they were closed, or their worker has died. "
                           "The others follow; spawn new ones, or take g.clients() for those that are there")

    def _supersede(self) -> None:
        if self._future is not None:
            self._future.superseded()
            self._future = None


def ids_of(clients: Sequence[ClientDescription]) -> Dict[str, List[str]]:
    """Client ids by worker."""
    ids: Dict[str, List[str]] = {}
    for client in clients:
        ids.setdefault(client.worker, []).append(client.client_id)
    return ids


def spawn(session: Any, config: ClientConfig, num: int) -> List[ClientDescription]:
    """Spawns clients, which listen when it returns."""
    session.statistics(set(), 1)  # listens from now on, so that stats() knows of the first seconds
    return [description_of(wire) for wire in
            session.spawn(config.service, num, config.client, config.parameters, config.worker_labels)]
