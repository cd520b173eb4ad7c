"""What a worker leaves in Redis, step by step, and what becomes of it when the worker ends, well or badly (contract 1.1, 2.1, 2.2)."""

import json
import pathlib
import signal
import time

from harness import Program, processes_of_session, wait_until

from conftest import WORKER_EVENTS
from pymq_client import PREFIX, channel_of, encode

OURS = "galileo:lease:"  # keys of our own; the original never looks at them


def keys(cluster) -> set[str]:
    """The names of all keys that the original knows."""
    return {key for key in cluster.redis.scan_iter() if not key.startswith((OURS, PREFIX + "__rpc_", "routing:"))}


class Monitor:
    """The commands that Redis executes, as `VERB argument ...`."""

    def __init__(self, client):
        self.client = client
        self.monitor = client.monitor()
        self.monitor.__enter__()

    def take(self) -> list[str]:
        """All up to now."""
        self.client.echo("marker")
        commands = []
        while (command := self.monitor.next_command()["command"]) != "ECHO marker":
            commands.append(command)
        return commands


def test_start_and_end_write_what_the_original_writes(make_cluster):
    cluster = make_cluster()
    registered, gone = cluster.bus.listen("RegisterWorkerEvent"), cluster.bus.listen("UnregisterWorkerEvent")
    monitor = Monitor(cluster.redis)
    cluster.worker("w1", env={"galileo_zone": "A", "galileo_trace_logging": ""})
    assert registered.wait(1) == [encode("RegisterWorkerEvent", "w1")]
    assert keys(cluster) == {"galileo:workers", "w1"}
    assert cluster.redis.smembers("galileo:workers") == {"w1"}
    labels = cluster.redis.hgetall("w1")
    assert labels["galileo_zone"] == "A" and labels["galileo_worker_name"] == "w1"
    assert labels["galileo_redis_port"] == str(cluster.server.port)
    assert cluster.redis.ttl("galileo:workers") == cluster.redis.ttl("w1") == -1
    commands = monitor.take()
    first = {name: next(index for index, command in enumerate(commands) if command.startswith(name))
             for name in ("SUBSCRIBE " + channel_of("CreateClientCommand"), "SUBSCRIBE " + PREFIX + "WorkerDaemon.create_client:w1",
                          "SADD galileo:workers w1", f"PUBLISH {channel_of('RegisterWorkerEvent')}")}
    *subscribed, added, published = first.values()
    assert max(subscribed) < added < published, first  # who finds it can reach it
    assert cluster.end("w1") == 0
    assert gone.wait(1) == [encode("UnregisterWorkerEvent", "w1")]
    assert set(cluster.redis.scan_iter()) == {key for key in cluster.redis.scan_iter() if key.startswith("routing:")}
    registered.close()
    gone.close()


READS = ("EXISTS", "GET", "HKEYS", "PING", "PTTL", "RANDOMKEY", "SCAN", "SISMEMBER", "SMEMBERS", "TYPE", "PUBSUB", "AUTH", "CLIENT", "EXEC", "MULTI")
# What only workers of ours listen to, and what the clients of the original's workers do instead of the worker.
OWN_CHANNELS = (PREFIX + "galileo.run.", PREFIX + "galileo.clients.command:", "routing:updates", channel_of("SetWorkloadCommand"),
                channel_of("StopWorkloadCommand"))


def test_monitor_shows_the_subscriptions_and_writes_of_the_original(make_cluster):
    """Contract 11.1: those of 2.1, once each and in this order, and nothing else but leases and channels of our own."""
    cluster = make_cluster()
    monitor = Monitor(cluster.redis)
    cluster.worker("w1", env={"galileo_zone": "A"})
    commands = [command.split() for command in monitor.take()]
    subscribed = [name for command in commands if command[0] == "SUBSCRIBE" for name in command[1:]]
    assert len(set(subscribed)) == len(subscribed), "one each"
    channels = [channel_of(event) for event in WORKER_EVENTS] + [PREFIX + "WorkerDaemon.ping", PREFIX + "WorkerDaemon.create_client:w1"]
    assert sorted(name for name in subscribed if not name.startswith(OWN_CHANNELS)) == sorted(channels)
    assert {channel: count for channel, count in cluster.redis.pubsub_numsub(*channels)} == dict.fromkeys(channels, 1)
    writes = [command for command in commands if command[0] not in READS + ("SUBSCRIBE",) and not command[1].startswith(OURS)]
    (added, labelled, published) = writes
    assert added == ["SADD", "galileo:workers", "w1"]
    assert labelled[:2] == ["HMSET", "w1"] and dict(zip(labelled[2::2], labelled[3::2])) == {
        "galileo_zone": "A", "galileo_worker_name": "w1", "galileo_redis_host": "127.0.0.1", "galileo_redis_port": str(cluster.server.port)}
    assert " ".join(published) == f"PUBLISH {channel_of('RegisterWorkerEvent')} {encode('RegisterWorkerEvent', 'w1')}"
    assert commands.index(added) > max(index for index, command in enumerate(commands) if command[0] == "SUBSCRIBE")


def test_the_name_may_come_from_the_host(make_cluster):
    cluster = make_cluster()
    host = pathlib.Path("/proc/sys/kernel/hostname").read_text().strip()
    process = cluster.program.start("worker", "--redis", cluster.server.address, "--threads", 1)
    wait_until(lambda: cluster.redis.smembers("galileo:workers") == {host}, "the worker")
    process.send_signal(signal.SIGINT)
    assert Program.finish(process).code == 0
    assert cluster.redis.smembers("galileo:workers") == set()


def test_clients_come_and_go(cluster):
    parameters = {"method": "get", "path": "/p", "kwargs": {}}
    ids = cluster.bus.spawn("w1", "echo", 2, parameters=parameters) + cluster.bus.spawn("w1", "other", 1)
    assert ids == ["w1:echo:0", "w1:echo:1", "w1:other:2"]  # one counter over all services
    assert cluster.redis.smembers("galileo:worker:w1:clients") == set(ids)
    assert cluster.redis.get("galileo:client:w1:echo:1") == json.dumps(["w1:echo:1", "w1", ["echo", None, parameters, None]])
    assert keys(cluster) == {"galileo:workers", "w1", "galileo:worker:w1:clients", *(f"galileo:client:{one}" for one in ids)}
    cluster.bus.publish("CloseClientCommand", "w1:echo:0")
    cluster.bus.publish("CloseClientCommand", "w1:echo:77")
    cluster.bus.publish("CloseClientCommand", "w2:echo:1")
    wait_until(lambda: cluster.redis.smembers("galileo:worker:w1:clients") == set(ids[1:]), "the end of a client")
    assert not cluster.redis.exists("galileo:client:w1:echo:0")
    assert cluster.bus.spawn("w1", "echo") == ["w1:echo:3"]
    assert cluster.end("w1") == 0
    assert keys(cluster) == set()


def test_discover_finds_clients_again(cluster):
    """A controller's discover deletes the sets; the original's workers never put their clients back (contract 10.7)."""
    ids = cluster.bus.spawn("w1", "echo", 3)
    cluster.redis.delete("galileo:worker:w1:clients", "galileo:workers")
    assert cluster.bus.publish("RegisterWorkerCommand") == 1
    wait_until(lambda: cluster.redis.smembers("galileo:workers") == {"w1"}, "the worker")
    wait_until(lambda: cluster.redis.smembers("galileo:worker:w1:clients") == set(ids), "its clients")
    assert len(cluster.bus.infos()) == 3


def test_a_name_that_would_overwrite_a_key_is_refused(make_cluster):
    cluster = make_cluster()
    for name in ("galileo:workers", "routing:services", "a,b", "a b"):
        process = cluster.worker(name, wait=False)
        finished = Program.finish(process)
        assert finished.code != 0 and name in finished.err
        cluster.workers.pop(name)
    cluster.redis.lpush("busy", "x")
    process = cluster.worker("busy", wait=False)
    assert Program.finish(process).code != 0
    cluster.workers.pop("busy")
    assert cluster.redis.lrange("busy", 0, -1) == ["x"]


def test_kill_and_restart(cluster, echo):
    """No orphan keeps sending, no id is given twice, the registry heals, and ping meets no ghost (contract 10.1 to 10.3)."""
    old = cluster.bus.spawn("w1", "echo", 5)
    for one in old:
        cluster.bus.workload(one, None, "constant", [0.005])
    wait_until(lambda: echo.count() > 50, "the load")
    process = cluster.workers.pop("w1")
    process.kill()
    process.communicate()
    assert processes_of_session(process.pid) == []
    count = echo.settled(0.2)
    time.sleep(0.3)
    assert echo.count() == count
    assert cluster.bus.ping() == [] and cluster.bus.infos() == []
    assert cluster.redis.smembers("galileo:worker:w1:clients") == set(old)  # nobody was left to take them out
    cluster.worker("w1", wait=False)  # at once, as a supervisor does
    wait_until(lambda: cluster.bus.ping() != [], "the new worker")
    assert cluster.bus.ping() == ["w1"]
    wait_until(lambda: not cluster.redis.exists("galileo:worker:w1:clients"), "the end of the old clients' entries")
    assert not any(cluster.redis.exists(f"galileo:client:{one}") for one in old)
    new = cluster.bus.spawn("w1", "echo", 3)
    assert not set(new) & set(old)
    assert cluster.redis.smembers("galileo:worker:w1:clients") == set(new)
    assert len(cluster.bus.infos()) == 3
    assert echo.count() == count


def test_a_second_worker_of_the_same_name_is_refused(cluster):
    process = cluster.program.start("worker", "--name", "w1", "--redis", cluster.server.address)
    finished = Program.finish(process)
    assert finished.code != 0 and "alive already" in finished.err
    assert cluster.bus.ping() == ["w1"] and cluster.redis.smembers("galileo:workers") == {"w1"}


def test_end_under_load_empties_the_registry(cluster, echo):
    for one in cluster.bus.spawn("w1", "echo", 20, parameters={"path": "/x?sleep=0.3"}):
        cluster.bus.workload(one, None, "constant", [0.02])
    wait_until(lambda: echo.count() > 50, "the load")
    start = time.monotonic()
    assert cluster.end("w1") == 0
    assert time.monotonic() - start < 10
    assert keys(cluster) == set()
    assert cluster.redis.pubsub_channels() == [] and cluster.redis.pubsub_numpat() == 0


def test_a_redis_that_came_back_empty_is_told_again(cluster):
    ids = cluster.bus.spawn("w1", "echo", 2)
    cluster.redis.flushall()
    cluster.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    wait_until(lambda: cluster.redis.smembers("galileo:workers") == {"w1"}, "the worker")
    wait_until(lambda: cluster.redis.smembers("galileo:worker:w1:clients") == set(ids), "its clients")
    wait_until(lambda: cluster.bus.ping() == ["w1"], "an answer")


def test_redis_that_cannot_be_reached(make_cluster):
    cluster = make_cluster(password="sesame-2718")
    process = cluster.program.start("worker", "--redis", cluster.server.address, env={"galileo_redis_password": "wrong-31337"})
    finished = Program.finish(process)
    assert finished.code == 1
    assert "Could not initiate Redis connection" in finished.err and "31337" not in finished.err
