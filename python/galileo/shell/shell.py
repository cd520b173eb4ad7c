"""The objects of the shell, for scripts too: `init(rds)` makes them all."""

import re
import sys
import time
from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

from galileo._check import text, whole_number
from galileo._session import session_of
from galileo._table import table
from galileo.bus import EventBus
from galileo.routing import RedisRoutingTable, RoutingRecord
from galileo.shell.client_group import ClientGroup, spawn
from galileo.shell.experiment import Experiment
from galileo.shell.request import send_request
from galileo.shell.request_future import RequestFuture
from galileo.shell.telemd import Telemd
from galileo.worker.api import ClientConfig, ClientDescription, ClientInfo, abbreviated, description_of, info_of, order_of

__all__ = ["ClientConfig", "ClientDescription", "ClientGroup", "ClientInfo", "Experiment", "Galileo", "RequestFuture",
           "RoutingRecord", "RoutingTableHelper", "Show", "Telemd", "init", "sleep"]


class Galileo:
    """Spawns and steers clients on all workers.

    >>> g.workers()
    {'w1', 'w2'}
    >>> clients = g.spawn('echo', 3)             # 3 clients of service 'echo'; they send nothing yet
    >>> clients
    w1:echo:0
    w1:echo:1
    w2:echo:0
    >>> rtbl.set('echo', ['host1:8080']).service # where requests of the service go
    'echo'
    >>> clients.rps(5)                           # each sends 5 requests a second, from now on
    >>> g.clients()                              # all there are, also those that others have spawned
    >>> g.clients().close()
    closing 3 clients
    ['w2:echo:0', 'w1:echo:1', 'w1:echo:0']

    What a group of clients can do: help(clients), help(clients.request).
    """

    def __init__(self, rds: Any):
        self._session = session_of(rds)

    def workers(self, pattern: Optional[str] = None) -> Set[str]:
        """The names of all workers; with `pattern`, a regular expression, those whose whole name matches.

        >>> g.workers('zone-a-.*')
        {'zone-a-1', 'zone-a-2'}
        """
        names = {name for name, _ in self._session.workers_info()}
        return names if pattern is None else {name for name in names if re.search(f"^{pattern}$", name)}

    def workers_info(self) -> List[Tuple[str, Dict[str, str]]]:
        """(name, labels) of each worker; labels are the galileo_* variables it was started with.

        >>> g.workers_info()
        [('w1', {'galileo_worker_name': 'w1', 'galileo_zone': 'A'})]
        """
        return self._session.workers_info()

    def ping(self) -> List[Any]:
        """The name of each worker that answers within 2 s; an exception object for one that does not.

        >>> g.ping()
        ['w1', Timeout('WorkerDaemon.ping: no answer in time')]
        """
        return self._session.ping()

    def discover(self) -> int:
        """Empties the registry and lets all workers register again, with their clients; how many were asked.

        The original's workers do not register their clients again: these vanish from show and g.clients() then.
        """
        return self._session.discover()

    def start_tracing(self) -> int:
        """Lets workers that were started with galileo_trace_logging hand over traces again, after stop_tracing(); how many
        workers were told."""
        return self._session.start_tracing()

    def stop_tracing(self) -> int:
        """Lets workers hand over the traces they have, and record no more; how many were told."""
        return self._session.stop_tracing()

    def clients(self, *ids: str) -> ClientGroup:
        """All registered clients, or those with these ids, as a group to steer. Ids that do not exist are left out.

        The group does not know how its clients were configured, so it cannot add() more.

        >>> g.clients()
        w1:echo:0
        w1:echo:1
        >>> g.clients('w1:echo:0').rps(10)
        """
        found = sorted((description_of(wire) for wire in self._session.clients()), key=order_of)
        return ClientGroup(self._session, [client for client in found if not ids or client.client_id in ids])

    def spawn(self, service: str, num: int = 1, client: Optional[str] = None, parameters: Optional[Dict[str, Any]] = None,
              worker_labels: Optional[Dict[str, str]] = None) -> ClientGroup:
        """Spawns `num` clients of `service`, each on the worker with the fewest, and returns them as a group.

        service        name in the routing table: where the requests go is said by rtbl.set(service, hosts)
        num            how many
        client         name of a client app; None: plain HTTP requests
        parameters     of the app; for plain requests {'method': 'get', 'path': '/', 'kwargs': {...}}, each optional, with
                       the keyword arguments of python-requests: data, json, params, headers, timeout, ...; and 'balancer':
                       how hosts are drawn, 'least-latency' for instance
        worker_labels  only on workers that have all of these labels

        The clients listen when it returns, but send nothing yet: that is what rps() and request() of the group are for.
        Raises NotFound when no worker matches; InvalidInput when a worker refuses a parameter; Unavailable when it cannot
        get the app, or the app fails.

        >>> g.spawn('echo')
        w1:echo:0
        >>> clients = g.spawn('echo', 10, worker_labels={'galileo_zone': 'A'})
        >>> clients.request(n=100, ia=0.1).wait()
        >>> g.spawn('echo', parameters={'method': 'post', 'path': '/items', 'kwargs': {'json': {'name': 'x'}}})
        >>> g.spawn('digits', 4, client='image-classification', parameters={'size': 'small'})
        """
        config = ClientConfig(text("service", service), client, parameters, worker_labels)
        return ClientGroup(self._session, spawn(self._session, config, whole_number("num", num)), config)

    def request(self, service: str, client: Optional[str] = None, parameters: Optional[Dict[str, Any]] = None,
                router_type: str = "SymmetryHostRouter", worker_labels: Optional[Dict[str, str]] = None) -> Any:
        """Sends one request as a client would, but from this process, and returns its requests.Response.

        For trying parameters and routes out; leaves no trace. `service`, `client` and `parameters` are those of spawn();
        a client app is taken from galileo_apps_dir.

        router_type    SymmetryHostRouter: http://HOST/PATH, SymmetryServiceRouter: http://HOST/SERVICE/PATH, with a host
                       from the routing table, as their Caching forms; StaticRouter: galileo_router_static_host and the
                       path; DebugRouter: sends nothing, and answers 200
        worker_labels  no effect; for calls copied from spawn()

        Raises NotFound without a routing record or app, and what requests raises when no answer comes. Needs the package
        requests (Debian: python3-requests).

        >>> g.request('echo')
        <Response [200]>
        >>> g.request('echo', parameters={'path': '/items'}).status_code
        200
        """
        del worker_labels  # no worker takes part; an argument so that a call can be copied from spawn
        return send_request(RedisRoutingTable(self._session), service, client, parameters, router_type)


class Show:
    """Prints tables. Nothing is printed when there are no clients.

    >>> show.workers()
    {'w1'}
    >>> show.info(parameters=False)
    +-----------+--------+---------+---------+----------+--------+
    | client id | worker | service | client  | requests | failed |
    +-----------+--------+---------+---------+----------+--------+
    | w1:echo:0 | w1     | echo    | default | 3        | 0      |
    +-----------+--------+---------+---------+----------+--------+
    """

    def __init__(self, galileo: Galileo):
        self._galileo = galileo

    def workers(self) -> None:
        """Prints the names of all workers, or `no available workers`."""
        print(self._galileo.workers() or "no available workers")

    def clients(self) -> None:
        """Prints every registered client, its worker and its configuration."""
        clients = self._galileo.clients().clients
        if clients:
            print(table(("client_id", "worker", "config"), clients))

    def info(self, **columns: bool) -> None:
        """Prints what each client has done: requests it has started and, of them, those that failed (no answer, or a status
        of 300 or above). Clients that do not answer within 2 s are left out, with a line on stderr.

        Columns can be left out: client_id, worker, service, client, parameters, requests, failed.

        >>> show.info(parameters=False, client_id=False)
        """
        names = ("client id", "worker", "service", "client", "parameters", "requests", "failed")
        shown = [index for index, name in enumerate(names)
                 if columns.get(name, columns.get(name.replace(" ", "_"), True))]
        infos = []
        for wire in self._galileo._session.client_infos():
            if isinstance(wire, Exception):
                print(f"a client does not answer: {wire}", file=sys.stderr)
            else:
                infos.append(info_of(wire))
        rows = []
        for info in sorted(infos, key=lambda info: order_of(info.description)):
            config = info.description.config
            rows.append((info.description.client_id, info.description.worker, config.service, config.client or "default",
                         abbreviated(config.parameters, 80), info.requests, info.failed))
        if rows:
            print(table([names[index] for index in shown], [[row[index] for index in shown] for row in rows]))


class RoutingTableHelper(RedisRoutingTable):
    """The routing table: which hosts the requests of a service go to.

    >>> rtbl.set('myservice', ['host1:8080', 'host2:8080'], [1, 2])
    RoutingRecord(service='myservice', hosts=['host1:8080', 'host2:8080'], weights=[1, 2])
    >>> rtbl
    +---------------------------+----------------------+-----------+
    | Service                   |                Hosts |   Weights |
    +---------------------------+----------------------+-----------+
    | myservice                 |           host1:8080 |       1.0 |
    |                           |           host2:8080 |       2.0 |
    +---------------------------+----------------------+-----------+

    A change holds for every request that starts afterwards, on all workers.
    """

    def print(self) -> None:
        """Prints the table."""
        print(repr(self))

    def __repr__(self) -> str:
        rule = "+---------------------------+----------------------+-----------+"
        lines = [rule, f"| {'Service':<25} | {'Hosts':>20} | {'Weights':>9} |", rule]
        for record in self.records():
            names: Iterable[str] = [record.service] + [""] * (len(record.hosts) - 1)
            lines += [f"| {name:<25} | {host:>20} | {weight:>9} |"
                      for name, host, weight in zip(names, record.hosts, record.weights)]
            lines.append(rule)
        return "\n".join(lines)


def sleep(secs: float) -> None:
    """Does nothing for `secs` seconds (time.sleep)."""
    time.sleep(secs)


def init(rds: Any) -> Dict[str, Any]:
    """The objects of the shell over one Redis: a dict with g, show, rtbl, exp, eventbus, telemd and rds.

    >>> from galileo.shell.shell import init
    >>> from galileo.worker.context import Context
    >>> d = init(Context().create_redis())
    >>> d['g'].spawn('echo')
    """
    galileo = Galileo(rds)
    return {"g": galileo, "show": Show(galileo), "rtbl": RoutingTableHelper(rds), "exp": Experiment(rds),
            "eventbus": EventBus(rds), "telemd": Telemd(rds), "rds": rds}
