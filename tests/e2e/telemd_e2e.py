"""The host telemetry agent: what it publishes and says, how it obeys, and what it does without Redis."""

import os
import re
import signal
import statistics
import subprocess
import time
from typing import Callable, Iterator, Optional

import pytest
import redis

from harness import PATIENCE, Program, RedisServer, free_port, wait_until

PAYLOAD = re.compile(r"\d{10}\.\d{9} -?\d+\.\d{6}")
HERE = {"telemd_period_load": "200ms", "telemd_period_ram": "200ms", "telemd_period_procs": "50ms"}


class Samples:
    """Everything published below telem/ since it was made."""

    def __init__(self, client: redis.Redis):
        self.pubsub = client.pubsub()
        self.pubsub.psubscribe("telem/*")
        assert self.pubsub.get_message(timeout=PATIENCE)["type"] == "psubscribe"
        self.taken: list[tuple[str, str]] = []

    def take(self, seconds: float = 0) -> list[tuple[str, str]]:
        """Channel and payload of those that came, and that come within so many seconds."""
        deadline = time.monotonic() + seconds
        new = []
        while (message := self.pubsub.get_message(timeout=max(0.01, deadline - time.monotonic()))) is not None:
            new.append((message["channel"], message["data"]))
            if seconds and time.monotonic() > deadline:
                break
        self.taken += new
        return new

    def channels(self) -> set[str]:
        self.take()
        return {channel for channel, _ in self.taken}


class Node:
    """A Redis and one agent."""

    def __init__(self, program: Program, server: RedisServer):
        self.program = program
        self.server = server
        self.redis = server.client
        self.processes: list[subprocess.Popen] = []

    def start(self, *arguments: str, env: Optional[dict[str, str]] = None, wait: bool = True) -> subprocess.Popen:
        process = self.program.start("telemd", "--name", "node1", *arguments,
                                     env={"telemd_redis_url": f"redis://{self.server.address}", "galileo_logging_level": "INFO",
                                          **HERE, **(env or {})})
        self.processes.append(process)
        if wait:
            assert process.stdout is not None
            assert process.stdout.readline() == "publishing telemetry of node1\n"
        return process

    def shell(self, *lines: str) -> None:
        script = self.program.directory / "script.py"
        script.write_text("\n".join(lines) + "\n")
        finished = self.program.run("shell", "--redis", self.server.address, "--source", script, patience=60)
        assert (finished.code, finished.err) == (0, "")

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                Program.finish(process)


@pytest.fixture
def node(galileo: Program, redis_server: Callable[..., RedisServer]) -> Iterator[Node]:
    node = Node(galileo, redis_server())
    yield node
    node.stop()


def test_publishes_as_the_original_does(node: Node) -> None:
    samples = Samples(node.redis)
    process = node.start()
    wanted = {f"telem/node1/{metric}" for metric in ("cpu", "load1", "load5", "procs", "ram")}
    wait_until(lambda: wanted <= samples.channels(), "the metrics that every host has")
    assert all(PAYLOAD.fullmatch(payload) for _, payload in samples.taken)
    for channel, payload in samples.taken:
        timestamp, value = map(float, payload.split())
        assert abs(time.time() - timestamp) < 60
        assert channel != "telem/node1/cpu" or 0 <= value <= 100
    for device in node.redis.hget("telemd.info:node1", "net").split():
        wait_until(lambda: {f"telem/node1/rx/{device}", f"telem/node1/tx/{device}"} <= samples.channels(), f"rates of {device}")
    if os.path.exists("/proc/pressure/io"):
        wait_until(lambda: {"telem/node1/psi_io/some", "telem/node1/psi_io/full"} <= samples.channels(), "pressure")
    assert node.redis.pubsub_channels("telem*") == ["telemcmd/node1"]
    process.terminate()
    finished = Program.finish(process)
    assert finished.code == 0
    published, dropped = map(int, re.fullmatch(r"published (\d+) samples, dropped (\d+)\n", finished.out).groups())
    samples.take(0.2)
    assert (published, dropped) == (len(samples.taken), 0)
    assert node.server.keys() == []
    for line in set(finished.err.splitlines()):
        assert finished.err.count(line.split("Z ", 1)[1]) == 1, "what is absent is said once"


def test_says_what_its_host_is(node: Node) -> None:
    process = node.start()
    info = node.redis.hgetall("telemd.info:node1")
    assert set(info) == {"arch", "boot", "hostname", "ram", "cpus", "disk", "net", "netspeed"}
    assert int(info["boot"]) < time.time() and int(info["ram"]) > 0 and int(info["netspeed"]) >= -1
    assert int(info["cpus"]) == os.cpu_count() and info["hostname"] == os.uname().nodename
    node.redis.delete("telemd.info:node1")
    assert node.redis.publish("telemcmd/node1", "bogus") == 1  # commands are obeyed in order
    assert node.redis.publish("telemcmd/node1", "info") == 1
    wait_until(lambda: node.redis.hgetall("telemd.info:node1") == info, "the info again")
    process.send_signal(signal.SIGINT)
    finished = Program.finish(process)
    assert finished.code == 0 and "unknown command 'bogus'" in finished.err


def test_the_shell_pauses_and_unpauses_it(node: Node) -> None:
    samples = Samples(node.redis)
    node.start()
    wait_until(lambda: samples.take(), "samples")
    node.shell("assert telemd.list_telemd_hosts() == ['node1']", "telemd.stop_telemd()")
    wait_until(lambda: not samples.take(0.5), "the pause")
    assert samples.take(1) == []
    node.shell("telemd.start_telemd(['other'])")
    assert samples.take(0.5) == []
    node.shell("telemd.start_telemd()")
    wait_until(lambda: len(samples.take(0.5)) > 5, "samples again")
    assert node.redis.exists("telemd.info:node1")


def test_settings_from_a_file(node: Node, tmp_path) -> None:
    config = tmp_path / "config.ini"
    config.write_text("[other]\ninstruments_enable = load\n[node1]\ninstruments_enable = procs ram\ntelemd_period_ram = 50ms\n"
                      "nonsense = 1\n")
    samples = Samples(node.redis)
    process = node.start("--config", str(config), env={"telemd_period_ram": "100ms"})
    wait_until(lambda: sum(channel.endswith("ram") for channel, _ in samples.taken + samples.take()) > 6, "samples")
    assert samples.channels() == {"telem/node1/procs", "telem/node1/ram"}
    times = [float(payload.split()[0]) for channel, payload in samples.taken if channel.endswith("ram")]
    assert 0.08 < statistics.median(later - earlier for earlier, later in zip(times, times[1:])) < 0.3, "the variable's period"
    process.terminate()
    assert f"{config}: line 6: nonsense: there is no such setting" in Program.finish(process).err


def test_goes_on_when_redis_was_away(node: Node, tmp_path) -> None:
    process = node.start(env={"telemd_redis_Retry_backoff": "100ms"})
    wait_until(lambda: node.redis.exists("telemd.info:node1"), "the info")
    node.server.process.kill()
    node.server.process.wait()
    time.sleep(1)
    node.server.process = subprocess.Popen(
        ["redis-server", "--port", str(node.server.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path),
         "--logfile", str(tmp_path / "second.log")], stdout=subprocess.DEVNULL, start_new_session=True)
    wait_until(node.server.answers, "redis-server")
    samples = Samples(node.redis)
    wait_until(lambda: "telem/node1/cpu" in samples.channels(), "samples again")
    wait_until(lambda: node.redis.exists("telemd.info:node1"), "the info in the new Redis")
    wait_until(lambda: node.redis.pubsub_channels("telemcmd/*") == ["telemcmd/node1"], "the subscription")
    process.terminate()
    finished = Program.finish(process)
    assert finished.code == 0
    dropped = int(finished.out.split()[-1])
    assert dropped > 10
    assert finished.err.count("samples are dropped until Redis takes them again") == 1
    (line,) = [line for line in finished.err.splitlines() if "Redis takes samples again" in line]
    assert line.endswith(f"; {dropped} were dropped")


def test_waits_for_redis_at_the_start(galileo: Program, tmp_path) -> None:
    port = free_port()
    process = galileo.start("telemd", "--redis", f"127.0.0.1:{port}", env={"telemd_redis_Retry_backoff": "100ms"})
    time.sleep(0.5)
    assert process.poll() is None
    process.terminate()
    finished = Program.finish(process)
    assert (finished.code, finished.out) == (0, "")
    assert finished.err.count(f"waiting for Redis at redis://127.0.0.1:{port}") == 1


def test_refuses_what_waiting_does_not_mend(galileo: Program, redis_server: Callable[..., RedisServer]) -> None:
    server = redis_server(password="sesame")
    finished = galileo.run("telemd", "--redis", server.address)
    assert finished.code == 1 and "NOAUTH" in finished.err
    finished = galileo.run("telemd", env={"telemd_redis_url": f"redis://:wrong-one@{server.address}"})
    assert finished.code == 1 and "wrong-one" not in finished.err
    process = galileo.start("telemd", env={"telemd_redis_host": "127.0.0.1", "telemd_redis_port": str(server.port),
                                           "galileo_redis_password": "sesame", "telemd_nodename": "n2"})
    assert process.stdout is not None and process.stdout.readline() == "publishing telemetry of n2\n"
    process.terminate()
    assert Program.finish(process).code == 0
    for settings, expected in (({"telemd_period_cpu": "x"}, "telemd_period_cpu"), ({"telemd_instruments_enable": "gpu"}, "'gpu'")):
        finished = galileo.run("telemd", env=settings)
        assert finished.code == 2 and expected in finished.err
    finished = galileo.run("telemd", "--config", "nosuch.ini")
    assert finished.code != 0 and "nosuch.ini" in finished.err


def test_sees_containers_below_other_mount_points(node: Node, tmp_path) -> None:
    """As in a container with the host's procfs and sysfs mounted, here of files."""
    container = "a" * 64
    group = tmp_path / "sys/fs/cgroup/system.slice" / f"docker-{container}.scope"
    group.mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cgroup.controllers").write_text("cpu io memory\n")
    (group / "cpu.stat").write_text("usage_usec 1500\n")
    (group / "memory.current").write_text("4096\n")
    (group / "io.stat").write_text("8:0 rbytes=1 wbytes=2\n")
    (group / "cgroup.procs").write_text("42\n")
    (tmp_path / "proc/42/net").mkdir(parents=True)
    (tmp_path / "proc/42/net/dev").write_text("  eth0: 3 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0\n")
    (tmp_path / "proc/loadavg").write_text("0.50 0.25 0.10 3/100 42\n")
    samples = Samples(node.redis)
    node.start(env={"telemd_proc_mount": str(tmp_path / "proc"), "telemd_sys_mount": str(tmp_path / "sys")})
    expected = {"docker_cgrp_cpu/" + container[:12]: 1500000, "docker_cgrp_blkio/" + container[:12]: 3,
                "docker_cgrp_memory/" + container: 4096, "docker_cgrp_net/" + container: 7,
                f"docker_cgrp_net/{container}/eth0": 7, f"docker_cgrp_net/{container}/eth0/rx": 3,
                f"docker_cgrp_net/{container}/eth0/tx": 4, "load1": 0.5, "load5": 0.25, "procs": 3}
    wait_until(lambda: len(samples.channels()) == len(expected), "all metrics")
    values = {channel.removeprefix("telem/node1/"): float(payload.split()[1]) for channel, payload in samples.taken}
    assert values == expected
