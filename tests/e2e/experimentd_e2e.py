"""The experiment daemon: both formats of queued experiments, what goes wrong with them, and being killed."""

import json
import random
import signal
import sqlite3
import subprocess
import time
from typing import Callable, Iterator, Optional

import pytest

from harness import Program, RedisServer, Target, wait_until

QUEUE = "__eventbus:global:galileo:experiments:queue"
OLD_QUEUE = "galileo:experiments:queue"
INSTRUCTIONS = "galileo:experiments:instructions"
DEAD = "galileo:experiments:dead"


class Laboratory:
    """A Redis, a service, workers and a daemon, with their database."""

    def __init__(self, program: Program, server: RedisServer, service: Target):
        self.program = program
        self.server = server
        self.service = service
        self.path = program.directory / "experiments.sqlite"
        self.environment = {"galileo_redis_url": f"redis://{server.address}", "galileo_expdb_sqlite_path": str(self.path),
                            "galileo_logging_level": "INFO"}
        self.processes: list[subprocess.Popen] = []
        redis = server.client
        redis.rpush("routing:hosts:echo", service.authority)
        redis.rpush("routing:weights:echo", "1")
        redis.sadd("routing:services", "echo")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        process = self.program.start(*arguments, env={**self.environment, **environment})
        self.processes.append(process)
        return process

    def worker(self, name: str, **environment: str) -> subprocess.Popen:
        process = self.start("worker", "--name", name, **environment)
        wait_until(lambda: self.server.client.sismember("galileo:workers", name), f"worker {name}")
        return process

    def daemon(self) -> subprocess.Popen:
        process = self.start("experimentd", "--name", "d1")
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting for experiments\n"
        return process

    def rows(self, query: str, *values: object) -> list[tuple]:
        with sqlite3.connect(self.path, timeout=20) as database:
            return database.execute(query, values).fetchall()

    def status(self, exp_id: str) -> Optional[str]:
        found = self.rows("SELECT STATUS FROM experiments WHERE EXP_ID = ?", exp_id)
        return found[0][0] if found else None

    def wait_for(self, exp_id: str, status: str) -> None:
        wait_until(lambda: self.status(exp_id) in ("FINISHED", "FAILED"), f"the end of {exp_id}", patience=60)
        assert self.status(exp_id) == status, self.metadata(exp_id)

    def metadata(self, exp_id: str) -> dict:
        return json.loads(self.rows("SELECT DATA FROM metadata WHERE EXP_ID = ?", exp_id)[0][0])

    def traces(self, exp_id: str) -> int:
        return self.rows("SELECT count(*) FROM traces WHERE EXP_ID = ?", exp_id)[0][0]

    def push(self, exp_id: str, configuration: object, queue: str = QUEUE) -> None:
        experiment = {"id": exp_id, "name": None, "creator": None, "start": None, "end": None, "created": 1795487519.25,
                      "status": "QUEUED"}
        self.server.client.lpush(queue, json.dumps({"__obj": [experiment, configuration],
                                                    "__type": "galileodb.model.QueuedExperiment"}))

    def stop(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            Program.finish(process)


@pytest.fixture
def laboratory(galileo: Program, redis_server: Callable[..., RedisServer], target: Callable[..., Target]) -> Iterator[Laboratory]:
    laboratory = Laboratory(galileo, redis_server(), target())
    yield laboratory
    laboratory.stop()


def test_ticks_in_list_and_object_form(laboratory: Laboratory) -> None:
    laboratory.worker("w1")
    laboratory.worker("w2")
    laboratory.daemon()
    laboratory.push("exp-list", [4, 2, [["echo", [20, 40], 2, "Constant", "", {}]]])
    laboratory.server.client.lpush(OLD_QUEUE, json.dumps({
        "experiment": {"id": "exp-object", "name": "named", "creator": "me"}, "configuration": {
            "duration": 1, "interval": 1, "workloads": [
                {"service": "echo", "ticks": [50], "clients_per_host": 1, "arrival_pattern": "Constant", "client": None,
                 "client_parameters": {"path": "/object"}}]}}))
    for exp_id, expected in (("exp-list", 120), ("exp-object", 50)):
        laboratory.wait_for(exp_id, "FINISHED")
        assert laboratory.traces(exp_id) == pytest.approx(expected, rel=0.05)
    name, creator, start, end, created = laboratory.rows(
        "SELECT NAME, CREATOR, START, END, CREATED FROM experiments WHERE EXP_ID = 'exp-list'")[0]
    assert name == "exp-list" and creator.startswith("galileo-") and created == 1795487519.25
    assert 4 <= end - start < 7
    assert laboratory.rows("SELECT NAME, CREATOR FROM experiments WHERE EXP_ID = 'exp-object'") == [("named", "me")]
    metadata = laboratory.metadata("exp-list")
    assert metadata["configuration"] == [4, 2, [["echo", [20, 40], 2, "Constant", "", {}]]]
    traces = laboratory.traces("exp-list")
    assert metadata["recorded"]["traces"] == traces and metadata["recorded"]["lost"] == 0
    assert [metadata["recorded"][key] for key in ("sent", "completed", "lost", "lost_reasons")] == [traces, traces, 0, {}]
    seconds = laboratory.rows("SELECT TIMESTAMP FROM statistics WHERE EXP_ID = 'exp-list' ORDER BY TIMESTAMP")
    assert 4 <= len(seconds) <= 6
    shown = json.loads(laboratory.program.run("exp", "show", "exp-list", "--json", env=laboratory.environment).out)
    assert [(service["service"], service["completed"]) for service in shown["statistics"]["services"]] == [("echo", traces)]
    assert shown["traces"]["hosts"] == [{"host": laboratory.service.authority, "traces": traces, "failed": 0}]
    assert laboratory.server.client.smembers("galileo:worker:w1:clients") == set()
    assert laboratory.server.client.keys("galileo:experiments:*") == []


def test_instructions_of_the_manual(laboratory: Laboratory) -> None:
    """The line of the original's README, with a worker's name in the place of exphost."""
    laboratory.worker("w1")
    laboratory.daemon()
    text = "spawn w1 echo 1\nsleep 1\nrps w1 echo 40\nsleep 3\nrps w1 echo 0\nsleep 1\nclose w1 echo"
    laboratory.server.client.lpush(INSTRUCTIONS, json.dumps({"instructions": text, "exp_id": "manual"}))
    laboratory.wait_for("manual", "FINISHED")
    assert laboratory.traces("manual") == pytest.approx(120, rel=0.05)
    assert laboratory.metadata("manual")["instructions"] == text
    assert "troubles" not in laboratory.metadata("manual")


def test_instructions_go_on_after_mistakes(laboratory: Laboratory) -> None:
    laboratory.worker("w1")
    laboratory.worker("w2")
    laboratory.daemon()
    (laboratory.program.directory / "more.txt").write_text("rps 'w.*' echo 20\n")
    text = ("# comment\n\nspwan w1 echo\nspawn nobody echo\nspawn '[' echo\nspawn 'w.*' echo 2\necho \"a  b\"\ndate\nworkers\n"
            "client_groups w1\ninfo\nping\nlogging maybe\nsource nosuch.txt\nsource more.txt\nsleep 1\nclose w1 echo\n"
            "rps w1 echo 5\nexit\nsleep 1000")
    laboratory.server.client.lpush(INSTRUCTIONS, json.dumps({"instructions": text, "id": "mistakes"}))
    laboratory.wait_for("mistakes", "FINISHED")
    troubles = laboratory.metadata("mistakes")["troubles"]
    for line, expected in zip(troubles, ["unknown command 'spwan'", "no worker matches 'nobody'", "'['", "'maybe' is neither",
                                         "cannot read nosuch.txt", "w1: ERROR (there is no client group w1:echo:echo)"]):
        assert expected in line
    assert len(troubles) == 6
    assert laboratory.traces("mistakes") == pytest.approx(40, abs=6)


def test_bad_items_stop_nothing(laboratory: Laboratory) -> None:
    laboratory.worker("w1")
    daemon = laboratory.daemon()
    redis = laboratory.server.client
    bad = ["", "DELETE", "{", "[]", "5", "null", '{"__obj": [null, null]}', '{"instructions": {"a": 1}}', "x" * 1_000_000,
           "\xff\x00", '{"__obj": [{"id": "no-service"}, [1, 1, [[null, [1], 1]]]]}']
    redis.lpush(QUEUE, *bad)
    laboratory.push("short", [4, 2, [["echo", [1], 1, "Constant", "", {}]]])
    laboratory.push("no-app", [1, 1, [["echo", [1], 1, "Constant", "nosuch", {}]]])
    laboratory.push("good", [1, 1, [["echo", [10], 1, "Constant", "", {}]]])
    laboratory.wait_for("good", "FINISHED")
    for exp_id, reason in (("short", "duration needs 2"), ("no-app", "nosuch"), ("no-service", "service: missing")):
        assert laboratory.status(exp_id) == "FAILED"
        assert reason in laboratory.metadata(exp_id)["reason"]
    dead = [json.loads(text) for text in redis.lrange(DEAD, 0, -1)]
    assert {one["item"] for one in dead} == {item for item in bad if item not in ("", "DELETE") and "no-service" not in item}
    assert all(one["reason"] and one["daemon"] == "d1" for one in dead)
    redis.set(INSTRUCTIONS, "not a list")
    laboratory.push("after", [1, 1, [["echo", [10], 1, "Constant", "", {}]]])
    laboratory.wait_for("after", "FINISHED")
    redis.lpush(QUEUE, '"__POISON__"')
    finished = Program.finish(daemon)
    assert finished.code == 0, finished.err


def test_ends_cleanly_in_the_middle(laboratory: Laboratory) -> None:
    laboratory.worker("w1")
    daemon = laboratory.daemon()
    laboratory.push("long", [600, 1, [["echo", [50] * 600, 3, "Constant", "", {}]]])
    wait_until(lambda: laboratory.service.stats()["requests"] > 50, "some requests")
    daemon.send_signal(signal.SIGTERM)
    assert Program.finish(daemon).code == 0
    assert laboratory.status("long") == "FAILED"
    assert laboratory.metadata("long")["reason"] == "interrupted: the daemon was stopped"
    assert laboratory.traces("long") > 40
    assert laboratory.server.client.smembers("galileo:worker:w1:clients") == set()


def test_stop_of_running_and_queued_ones(laboratory: Laboratory) -> None:
    laboratory.worker("w1")
    laboratory.daemon()
    for exp_id in ("running", "queued", "last"):
        laboratory.push(exp_id, [1 if exp_id == "last" else 600, 1, [["echo", [20] * 600, 1, "Constant", "", {}]]])
    wait_until(lambda: laboratory.service.stats()["requests"] > 5, "some requests")
    stopped = laboratory.program.run("exp", "stop", "queued", "running", "nosuch", env=laboratory.environment)
    assert stopped.code == 1
    assert stopped.out == " cancelled queued\n stopped running\n"
    assert stopped.err == "galileo: exp: nosuch is neither queued nor running in one of 1 daemons\n"
    laboratory.wait_for("last", "FINISHED")
    assert laboratory.status("running") == "FAILED" and laboratory.status("queued") is None
    assert laboratory.metadata("running")["reason"] == "stopped by the user"


def test_no_two_daemons_of_one_name(laboratory: Laboratory) -> None:
    laboratory.daemon()
    second = laboratory.program.run("experimentd", "--name", "d1", env=laboratory.environment)
    assert second.code == 1
    assert "an experiment daemon named d1 is alive already" in second.err


def test_killed_at_any_moment(laboratory: Laboratory) -> None:
    """Every experiment ends exactly once, none stays IN_PROGRESS, and no client goes on sending."""
    laboratory.worker("w1")
    draw = random.Random(20261124)
    names = [f"e{number}" for number in range(16)]
    for name in names:
        laboratory.push(name, [1, 0.5, [["echo", [40, 40], 2, "Constant", "", {}]]])
    for _ in range(20):
        daemon = laboratory.daemon()
        time.sleep(draw.uniform(0.05, 2.5))
        daemon.kill()
        daemon.communicate()
        laboratory.processes.remove(daemon)
    laboratory.daemon()
    wait_until(lambda: all(laboratory.status(name) in ("FINISHED", "FAILED") for name in names), "the end of all", patience=60)
    wait_until(lambda: laboratory.server.client.keys("galileo:experiments:*") == [], "no item in work")
    assert laboratory.rows("SELECT EXP_ID FROM experiments ORDER BY EXP_ID") == [(name,) for name in sorted(names)]
    for name in names:
        if laboratory.status(name) == "FAILED":
            assert laboratory.metadata(name)["reason"] == "interrupted: the daemon that ran it ended before it did"
        else:
            recorded = laboratory.metadata(name)["recorded"]
            assert recorded["sent"] == recorded["completed"] == recorded["traces"] == laboratory.traces(name)
            assert recorded["lost"] == 0 and recorded["traces"] > 20  # of 40, on however slow a machine
        ids = laboratory.rows("SELECT count(*), count(DISTINCT REQUEST_ID) FROM traces WHERE EXP_ID = ?", name)[0]
        assert ids[0] == ids[1]
    assert laboratory.rows("SELECT count(*) FROM traces")[0][0] == laboratory.service.stats()["requests"]
    assert laboratory.server.client.smembers("galileo:worker:w1:clients") == set()
    assert laboratory.server.client.keys("galileo:traces:*") == []


def test_goes_on_after_a_killed_worker(laboratory: Laboratory) -> None:
    worker = laboratory.worker("w1")
    laboratory.daemon()
    laboratory.push("without", [3, 0.5, [["echo", [10] * 6, 1, "Constant", "", {}]]])
    wait_until(lambda: laboratory.status("without") == "IN_PROGRESS", "the beginning")
    worker.kill()
    worker.communicate()
    laboratory.processes.remove(worker)
    wait_until(lambda: laboratory.status("without") in ("FINISHED", "FAILED"), "the end", patience=90)
    laboratory.worker("w2")
    laboratory.push("next", [1, 1, [["echo", [10], 1, "Constant", "", {}]]])
    laboratory.wait_for("next", "FINISHED")


def test_a_dead_daemon_leaves_no_load_behind(laboratory: Laboratory) -> None:
    """No client sends later than the lease lasts (10 s), though no other daemon comes; the next one keeps the traces."""
    laboratory.worker("w1")
    daemon = laboratory.daemon()
    laboratory.push("orphan", [600, 1, [["echo", [50] * 600, 3, "Constant", "", {}]]])
    wait_until(lambda: laboratory.service.stats()["requests"] > 50, "some requests")
    daemon.kill()
    daemon.communicate()
    laboratory.processes.remove(daemon)
    time.sleep(10)
    before = laboratory.service.stats()["requests"]
    time.sleep(1)
    assert laboratory.service.stats()["requests"] == before
    wait_until(lambda: laboratory.server.client.smembers("galileo:worker:w1:clients") == set(), "no client is left")
    laboratory.daemon()
    laboratory.wait_for("orphan", "FAILED")
    assert laboratory.traces("orphan") == before
    recorded = laboratory.metadata("orphan")["recorded"]
    assert recorded["completed"] == recorded["traces"] == before and recorded["lost"] == 0


def test_other_clients_and_the_workers_own_sink(laboratory: Laboratory) -> None:
    """Requests of clients that are not the experiment's are not recorded; a listener of the original hears all."""
    laboratory.worker("w1", galileo_trace_logging="redis")
    laboratory.daemon()
    lines = laboratory.server.client.pubsub()
    lines.subscribe("galileo/results/traces")
    script = laboratory.program.directory / "other.py"
    script.write_text("c = g.spawn('echo', 1)\nc.rps(40)\nsleep(4)\nc.close()\n")
    shell = laboratory.start("shell", "--source", str(script))
    wait_until(lambda: laboratory.service.stats()["requests"] > 10, "requests of the other client")
    laboratory.push("mine", [2, 1, [["echo", [20, 20], 1, "Constant", "", {}]]])
    laboratory.wait_for("mine", "FINISHED")
    clients = laboratory.rows("SELECT DISTINCT CLIENT FROM traces WHERE EXP_ID = 'mine'")
    assert len(clients) == 1
    recorded = laboratory.metadata("mine")["recorded"]
    assert recorded["completed"] == recorded["traces"] == laboratory.traces("mine") > 20
    assert shell.wait(30) == 0
    heard = []
    while (message := lines.get_message(timeout=1)) is not None:
        if message["type"] == "message":
            heard.append(message["data"])
    own = [line for line in heard if clients[0][0] in str(line)]
    assert len(own) == laboratory.traces("mine") and len(heard) > len(own)
