"""Host telemetry between parts of both kinds (contract 11.11): our agent and a stand-in for the original's, our recorder and another."""

import contextlib
import json
import math
import sqlite3
import time

from harness import wait_until

from original_recorder import OriginalRecorder
from original_telemd import INFO, OriginalTelemd


def rows_of(path, table: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return [row[1:] for row in database.execute(f"SELECT * FROM {table}")]


def start_recorder(cluster, path):
    process = cluster.program.start("recorder", "--redis", cluster.server.address, env={"galileo_expdb_sqlite_path": str(path)})
    process.stdout.readline()  # its experiment's id: it listens
    return process


def stop_recorder(cluster, process) -> dict:
    process.terminate()
    return json.loads(cluster.program.finish(process).out)


def start_telemd(cluster, node: str):
    process = cluster.program.start("telemd", "--name", node, env={
        "telemd_redis_host": "127.0.0.1", "telemd_redis_port": str(cluster.server.port), "telemd_period_ram": "50ms",
        "telemd_period_procs": "50ms", "telemd_instruments_enable": "ram procs psi_io net"})
    assert process.stdout.readline() == f"publishing telemetry of {node}\n"
    return process


def test_our_recorder_stores_every_row_of_the_originals_telemd(make_cluster, tmp_path):
    cluster = make_cluster()
    telemd = OriginalTelemd(cluster.redis, "node1")
    recorder = start_recorder(cluster, tmp_path / "ours.sqlite")
    telemd.sample("cpu", 1795488056, 168946190, 80)
    telemd.sample("psi_io/full", 1795488056, 5000000, 148921636)  # 5 ms: written without its zeros
    telemd.sample("docker_cgrp_net/abc/eth0/rx", 1795488056, 7, 12.5)
    telemd.sample("ram", 1795488056, 0, 976384)
    telemd.sample("cpu", 1795488057, 1, math.nan)
    telemd.sample("cpu", 1795488057, 2, math.inf)
    for payload in ("1795488057.1  1.0", "1795488057.1", "", "a b", "1795488057.1 busy"):
        cluster.redis.publish("telem/node1/cpu", payload)
    cluster.redis.publish("telem/node1", "1795488057.1 1.000000")
    assert cluster.redis.publish("telemcmd/node1", "pause") == 1
    wait_until(lambda: telemd.commands == ["pause"], "the pause")
    telemd.sample("cpu", 1795488058, 1, 1)
    cluster.redis.publish("telemcmd/node1", "unpause")
    cluster.redis.publish("telemcmd/node1", "info")
    wait_until(lambda: len(telemd.commands) == 3, "the commands")
    telemd.sample("cpu", 1795488059, 123456789, 2)
    account = stop_recorder(cluster, recorder)
    telemd.stop()
    assert (account["telemetry"], account["refused"], account["lost"]) == (5, 8, 0)
    assert rows_of(tmp_path / "ours.sqlite", "telemetry") == [
        (1795488056.16894619, "cpu", None, "node1", 80), (1795488056.005, "psi_io", "full", "node1", 148921636),
        (1795488056.000000007, "docker_cgrp_net", "abc/eth0/rx", "node1", 12.5), (1795488056, "ram", None, "node1", 976384),
        (1795488059.123456789, "cpu", None, "node1", 2)]
    assert sorted(rows_of(tmp_path / "ours.sqlite", "nodeinfo")) == sorted(("node1", *entry) for entry in INFO.items())


def test_both_recorders_store_the_same_of_our_telemd(make_cluster, tmp_path):
    cluster = make_cluster()
    telemd = start_telemd(cluster, "node2")
    info = cluster.redis.hgetall("telemd.info:node2")
    assert set(info) == set(INFO)
    ours = start_recorder(cluster, tmp_path / "ours.sqlite")
    independent = OriginalRecorder(cluster.redis, tmp_path / "original.sqlite", "night", "me", {})
    time.sleep(1)
    telemd.terminate()
    finished = cluster.program.finish(telemd)
    assert finished.code == 0
    wait_until(lambda: len(independent.rows["telemetry"]) > 20, "samples")
    account = stop_recorder(cluster, ours)
    independent.stop()
    assert (account["refused"], account["lost"]) == (0, 0)
    telemetry = [rows_of(tmp_path / f"{name}.sqlite", "telemetry") for name in ("ours", "original")]
    # They did not begin at the same instant; after that, they agree row by row.
    assert len(telemetry[1]) > 20 and telemetry[0][-len(telemetry[1]):] == telemetry[1]
    nodeinfo = [sorted(rows_of(tmp_path / f"{name}.sqlite", "nodeinfo")) for name in ("ours", "original")]
    assert nodeinfo[0] == nodeinfo[1] == sorted(("node2", *entry) for entry in info.items())
    assert {row[1] for row in telemetry[0]} >= {"ram", "procs"} and {row[3] for row in telemetry[0]} == {"node2"}


def test_one_shell_steers_telemds_of_both_kinds(make_cluster, tmp_path):
    cluster = make_cluster()
    original = OriginalTelemd(cluster.redis, "node1")
    telemd = start_telemd(cluster, "node2")
    script = tmp_path / "script.py"
    script.write_text("assert telemd.list_telemd_hosts() == ['node1', 'node2']\ntelemd.stop_telemd()\n")
    finished = cluster.program.run("shell", "--redis", cluster.server.address, "--source", script, patience=60)
    assert (finished.code, finished.err) == (0, "")
    wait_until(lambda: original.commands == ["pause"], "the pause")
    time.sleep(0.3)
    pubsub = cluster.redis.pubsub()
    pubsub.psubscribe("telem/*")
    assert pubsub.get_message(timeout=10)["type"] == "psubscribe"
    assert pubsub.get_message(timeout=0.5) is None
    cluster.redis.publish("telemcmd/node2", "unpause")
    assert pubsub.get_message(timeout=10) is not None
    telemd.terminate()
    assert cluster.program.finish(telemd).code == 0
    original.stop()
    pubsub.close()
    assert cluster.redis.pubsub_channels("telemcmd/*") == [] and cluster.redis.keys("telemd.info:*") == []
