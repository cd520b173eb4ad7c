"""What clients do with the workloads that they are given (contract 2.4 to 2.6)."""

import itertools
import json
import statistics
import time

import pytest
from harness import wait_until

from pymq_client import encode


def intervals(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


def test_a_workload_right_after_the_spawn_is_never_lost(make_cluster, echo):
    cluster = make_cluster()
    cluster.worker("w1")
    cluster.worker("w2")
    done = cluster.bus.listen("WorkloadDoneEvent")
    expected = {}
    for worker in ("w1", "w2"):
        for n in range(10):
            path = f"/{worker}/{n}"
            for one in cluster.bus.spawn(worker, "echo", 10, parameters={"path": path}):
                assert cluster.bus.workload(one, 3, "constant", [0.001]) == 2
                expected[path] = expected.get(path, 0) + 3
    assert len(set(done.wait(200))) == 200
    assert echo.per_path() == expected
    done.close()


def test_ten_requests_of_each_client_right_after_the_spawn(cluster, echo):
    """Contract 11.4 with its numbers, by the independent client."""
    done = cluster.bus.listen("WorkloadDoneEvent")
    expected = {}
    for n in range(5):
        (one,) = cluster.bus.spawn("w1", "echo", parameters={"path": f"/{n}"})
        cluster.bus.workload(one, 10, "constant", [0.01])
        expected[f"/{n}"] = 10
    done.wait(5, patience=5)
    assert echo.per_path() == expected
    done.close()


def test_done_comes_after_the_last_answer_and_once(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo", parameters={"path": "/x?sleep=1"})
    done = cluster.bus.listen("WorkloadDoneEvent")
    start = time.monotonic()
    cluster.bus.workload(one, 2, "constant", [0.01])
    assert done.wait(1) == [encode("WorkloadDoneEvent", one)]
    assert time.monotonic() - start > 1.0
    (info,) = cluster.bus.infos()
    assert (info.requests, info.failed) == (2, 0)
    done.poll(0.2)
    assert len(done.payloads) == 1
    done.close()


def test_stop_acts_at_once_and_says_nothing(cluster, echo):
    (fast, slow) = cluster.bus.spawn("w1", "echo", 2)
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(fast, None, "constant", [0.005])
    cluster.bus.workload(slow, 5, "constant", [1.5])  # its first request is due in 1.5 s
    wait_until(lambda: echo.count() > 5, "the load")
    for one in (fast, slow):
        cluster.bus.publish("StopWorkloadCommand", one)
    stopped = echo.settled(0.1)
    time.sleep(1.6)
    done.poll()
    assert echo.count() == stopped and done.payloads == []
    cluster.bus.workload(slow, 2, "constant", [0.001])  # goes on when told
    done.wait(1)
    assert echo.count() == stopped + 2
    done.close()


def test_a_new_workload_replaces_the_old_one(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo")
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 10_000, "constant", [60])
    cluster.bus.workload(one, None, "constant", [0.005])
    wait_until(lambda: echo.count() > 5, "the load")
    cluster.bus.workload(one, 3, "constant", [0.001])
    done.wait(1)
    count = echo.settled(0.2)
    done.poll(0.2)
    assert len(done.payloads) == 1 and echo.count() == count
    done.close()


@pytest.mark.parametrize("num", [0, None])
def test_no_number_is_no_limit(cluster, echo, num):
    (one,) = cluster.bus.spawn("w1", "echo")
    cluster.bus.workload(one, num, "constant", [0.001])
    wait_until(lambda: echo.count() > 200, "load without end")
    cluster.bus.publish("CloseClientCommand", one)
    wait_until(lambda: not cluster.redis.exists(f"galileo:client:{one}"), "the end of the client")


@pytest.mark.parametrize("parameters", [None, [], [0], [-1]])
def test_no_interval_is_no_wait(cluster, echo, parameters):
    (one,) = cluster.bus.spawn("w1", "echo")
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 50, "constant", parameters)
    done.wait(1)
    assert echo.settled(0.05) == 50
    done.close()


def test_a_number_alone_keeps_one_request_in_flight_for_each_client(cluster, echo):
    """`request(n=20)`: the next one starts with the answer to the last one, at once."""
    (one, two) = cluster.bus.spawn("w1", "echo", parameters={"path": "/a?sleep=0.05"}) + cluster.bus.spawn("w1", "echo", parameters={"path": "/b"})
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 20)
    cluster.bus.workload(two, 100)
    assert [json.loads(text)["__obj"] for text in done.wait(2)] == [[two], [one]]
    assert echo.per_path() == {"/a": 20, "/b": 100}
    gaps = intervals(echo.times("/a"))
    assert min(gaps) >= 0.05 and statistics.median(gaps) < 0.1
    done.close()


def test_the_first_request_comes_after_the_first_interval(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo")
    start = time.time()
    cluster.bus.workload(one, 1, "constant", [0.5])
    wait_until(lambda: echo.count(), "the request")
    assert echo.requests[0][1] - start >= 0.5


def test_prerecorded_intervals_are_played_in_order_of_their_push(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo", parameters={"path": "/x"})
    recorded = [0.11, 0.42, 0.05, 0.31, 1e-11]
    for value in recorded:
        cluster.redis.lpush(one, value)
    done = cluster.bus.listen("WorkloadDoneEvent")
    start = time.time()
    cluster.bus.workload(one, None, "prerecorded", ["ran"])
    done.wait(1)
    assert not cluster.redis.exists(one)
    seen = intervals([start, *echo.times("/x")])
    assert len(seen) == len(recorded)
    # a late request shortens the next interval, so the distance is looked at from the start
    for due, came in zip(itertools.accumulate(recorded), itertools.accumulate(seen)):
        assert due - 0.01 <= came < due + 0.3
    done.close()


@pytest.mark.parametrize("pushed, num, sent", [(3, 10, 3), (5, 2, 2), (0, None, 0), (0, 5, 0), (3, 0, 3)])
def test_prerecorded_lists_of_another_length(cluster, echo, pushed, num, sent):
    (one,) = cluster.bus.spawn("w1", "echo")
    for _ in range(pushed):
        cluster.redis.lpush(one, "0.001")
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, num, "prerecorded", ["ran"])
    assert done.wait(1) == [encode("WorkloadDoneEvent", one)]
    assert echo.settled(0.05) == sent
    cluster.bus.workload(one, 1, "constant", [0.001])  # and the client lives on
    done.wait(2)
    done.close()


def test_prerecorded_keys_of_another_kind_do_no_harm(cluster, echo):
    (one, two) = cluster.bus.spawn("w1", "echo", 2)
    cluster.redis.set(one, "no list")
    cluster.redis.lpush(two, "0.001", "not a number")
    for client in (one, two):
        cluster.bus.workload(client, None, "prerecorded", ["ran"])
    assert cluster.alive()
    done = cluster.bus.listen("WorkloadDoneEvent")
    for client in (one, two):
        cluster.bus.workload(client, 1, "constant", [0.001])
    done.wait(2)
    assert echo.settled(0.05) == 2
    done.close()


# of contract 2.5, scaled to about 20 ms: name, parameters, mean
DISTRIBUTIONS = [
    ("uniform", [0.004, 0.036], 0.02), ("uniform", [0.036, 0.004], 0.02), ("triangular", [0.004, 0.036, 0.02], 0.02),
    ("normalvariate", [0.02, 0.004], 0.02), ("gauss", [0.02, 0.004], 0.02), ("lognormvariate", [-4, 0.25], 0.0189),
    ("expovariate", [50], 0.02), ("vonmisesvariate", [0.02, 1e6], 0.02), ("gammavariate", [2, 0.01], 0.02),
    ("betavariate", [2, 98], 0.02), ("weibullvariate", [0.022, 1.5], 0.0199),
]


def test_distributions_keep_their_means(cluster, echo):
    """A sanity check end to end; that draws follow their distributions is tested with the sampler itself."""
    number = 150
    ids = {}
    for index, (name, parameters, mean) in enumerate(DISTRIBUTIONS):
        (one,) = cluster.bus.spawn("w1", "echo", parameters={"path": f"/{index}"})
        ids[one] = (name, parameters, mean, f"/{index}")
    done = cluster.bus.listen("WorkloadDoneEvent")
    for one, (name, parameters, _, _) in ids.items():
        cluster.bus.workload(one, number, name, parameters)
    done.wait(len(ids))
    for name, parameters, mean, path in ids.values():
        times = echo.times(path)
        assert len(times) == number
        # chance takes the mean of 150 exponential intervals 33 % off in one of 16,000 cases
        assert (times[-1] - times[0]) / (number - 1) == pytest.approx(mean, rel=0.33), (name, parameters)
    done.close()


def test_a_pareto_interval_is_at_least_one_second(cluster, echo):
    (one,) = cluster.bus.spawn("w1", "echo")
    start = time.time()
    cluster.bus.workload(one, 1, "paretovariate", [50])
    wait_until(lambda: echo.count(), "the request")
    assert echo.requests[0][1] - start >= 1.0


def test_clients_pace_themselves_alone(cluster, echo):
    """Two clients of one service share neither schedule nor count."""
    (one, two) = cluster.bus.spawn("w1", "echo", parameters={"path": "/a"}) + cluster.bus.spawn("w1", "echo", parameters={"path": "/b"})
    done = cluster.bus.listen("WorkloadDoneEvent")
    cluster.bus.workload(one, 100, "constant", [0.01])
    cluster.bus.workload(two, 20, "constant", [0.01])
    assert [json.loads(text)["__obj"] for text in done.wait(2)] == [[two], [one]]
    assert echo.per_path() == {"/a": 100, "/b": 20}
    assert statistics.median(intervals(echo.times("/a"))) == pytest.approx(0.01, abs=0.005)
    done.close()
