"""Which host gets which request: the order of the weighted round robin, and changes of the table under load (contract 2.7, 2.8; 11.7)."""

import itertools
import threading

import pytest
from harness import PATIENCE, wait_until

from conftest import EchoServer
from original_worker import weighted_hosts

TABLE_ROUTERS = ("CachingSymmetryHostRouter", "SymmetryHostRouter", "CachingSymmetryServiceRouter", "SymmetryServiceRouter")


class Hosts:
    """Servers a, b, c that note in one list who was asked."""

    def __init__(self):
        self.log: list[str] = []
        self.servers = {letter: EchoServer() for letter in "abc"}
        self.threads = []
        for letter, server in self.servers.items():
            server.note = lambda *_, letter=letter: self.log.append(letter)
            self.threads.append(threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}))
            self.threads[-1].start()

    def address(self, letter: str) -> str:
        return self.servers[letter].host

    def stop(self) -> None:
        for server, thread in zip(self.servers.values(), self.threads):
            server.shutdown()
            thread.join(PATIENCE)
            server.server_close()


@pytest.fixture
def hosts():
    made = Hosts()
    yield made
    made.stop()


def set_weights(cluster, hosts: Hosts, **weights: float) -> None:
    """By the program, as a user does."""
    finished = cluster.program.run("rtbl", "set", "s", *[f"{hosts.address(letter)}={weight}" for letter, weight in weights.items()],
                                   "--redis", cluster.server.address)
    assert finished.code == 0, finished.err


def send(cluster, client: str, num: int) -> None:
    """Sends `num` requests, each after the answer to the one before."""
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(client, num)
    done.wait(1)
    done.close()


def expected(num: int, **weights: float) -> str:
    """By the independent round robin, which is checked against the captured orders below."""
    return "".join(itertools.islice(weighted_hosts(lambda: [(letter, int(weight)) for letter, weight in weights.items()]), num))


CAPTURED = [({"a": 1, "b": 1, "c": 1}, "abcabcabc"), ({"a": 1, "b": 2}, "babbabbab"), ({"a": 4, "b": 3, "c": 2}, "aababcabcaababcabc"),
            ({"a": 5, "b": 1}, "aaaaabaaaaab"), ({"a": 10, "b": 5}, "aabaabaab"), ({"a": 0.5, "b": 2.9}, "bbbb")]


@pytest.mark.parametrize("weights, order", CAPTURED, ids=[str(list(weights.values())) for weights, _ in CAPTURED])
def test_order_of_the_server_log(cluster, hosts, weights, order):
    assert expected(len(order), **weights) == order, "the stand-in for the original"
    set_weights(cluster, hosts, **weights)
    first, second = cluster.bus.spawn("w1", "s", 2)
    send(cluster, first, len(order))
    assert "".join(hosts.log) == order
    hosts.log.clear()
    send(cluster, second, len(order))
    assert "".join(hosts.log) == order, "every client starts its own sequence"


def test_a_new_table_acts_at_once_and_keeps_the_place_in_the_sequence(cluster, hosts):
    (client,) = cluster.bus.spawn("w1", "s")
    weights: dict[str, int] = {}
    independent = weighted_hosts(lambda: list(weights.items()))
    order = ""
    for new, num in (({"a": 4, "b": 3, "c": 2}, 7), ({"a": 1, "b": 2}, 9), ({"a": 4, "b": 3, "c": 2}, 20), ({"c": 3}, 2), ({"a": 1, "b": 2}, 5)):
        weights = new
        set_weights(cluster, hosts, **weights)
        send(cluster, client, num)
        order += "".join(itertools.islice(independent, num))
        assert "".join(hosts.log) == order, new


def test_all_weights_zero_fail_until_the_table_is_better(cluster, hosts):
    (client,) = cluster.bus.spawn("w1", "s")
    set_weights(cluster, hosts, a=0, b=0)
    send(cluster, client, 3)
    assert hosts.log == [] and cluster.bus.infos()[0].failed == 3
    set_weights(cluster, hosts, a=1, b=2)
    send(cluster, client, 6)
    assert "".join(hosts.log) == "babbab"


@pytest.mark.parametrize("setter", ["rtbl of the shell", "galileo rtbl", "the original's"])
@pytest.mark.parametrize("router", TABLE_ROUTERS)
def test_setting_the_table_under_load_switches_within_one_request(make_cluster, hosts, router, setter):
    cluster = make_cluster()
    cluster.worker("w1", env={"galileo_router_type": router})
    set_weights(cluster, hosts, a=1)
    (client,) = cluster.bus.spawn("w1", "s")
    cluster.bus.workload(client, None, "constant", [0.05])
    wait_until(lambda: len(hosts.log) >= 3, "the load")
    if setter == "galileo rtbl":
        set_weights(cluster, hosts, b=1)
    elif setter == "the original's":
        cluster.route("s", hosts.address("b"))
    else:
        cluster.script(f"rtbl.set('s', ['{hosts.address('b')}'])")
    old = hosts.log.count("a")
    wait_until(lambda: hosts.log.count("b") >= 5, "requests at the new host")
    assert hosts.log.count("a") - old <= 1
    switch = hosts.log.index("b")
    assert set(hosts.log[:switch]) == {"a"} and set(hosts.log[switch:]) == {"b"}, "and never back"
