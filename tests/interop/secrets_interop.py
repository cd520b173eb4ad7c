"""No secret of the environment reaches Redis, a log, a database or a command line (contract 11.25)."""

import pathlib
import subprocess
import time

import pytest
from harness import Program, plain_environment, processes_of_session

from registry_interop import Monitor

PASSWORD = "sesame-2718"
SECRETS = {"galileo_redis_password": PASSWORD, "galileo_expdb_mysql_password": "geheim-3141", "galileo_expdb_influxdb_token": "jeton-1618",
           "galileo_api_key": "cle-5772"}
LOUD = {**SECRETS, "galileo_logging_level": "DEBUG", "galileo_zone": "A"}


def dump(client) -> list:
    """Every key of a Redis, and all that it holds."""
    readers = {"string": client.get, "set": client.smembers, "hash": client.hgetall, "list": lambda key: client.lrange(key, 0, -1),
               "stream": client.xrange, "zset": lambda key: client.zrange(key, 0, -1)}
    return [(key, readers[client.type(key)](key)) for key in client.scan_iter() if client.type(key) != "none"]


def command_lines(session: int) -> str:
    lines = ""
    for process in processes_of_session(session):
        try:
            lines += pathlib.Path(f"/proc/{process.split()[0]}/cmdline").read_text(errors="replace")
        except OSError:
            pass  # it has ended
    return lines


class Watch:
    """All that can be seen of a cluster from outside: what is sent to Redis, what it holds, what is printed."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.seen: list[object] = []
        self.monitor = Monitor(cluster.redis)

    def look(self, *more: object) -> None:
        self.seen += [dump(self.cluster.redis), self.cluster.redis.execute_command("CLIENT", "LIST"), *more]

    def check(self, *secrets: str, expected: str) -> None:
        """None of `secrets` was seen, but `expected` was: the net has no holes."""
        self.look(self.monitor.take(), self.cluster.server.log.read_text())
        files = [path.read_bytes().decode(errors="replace") for path in self.cluster.program.directory.rglob("*")
                 if path.is_file() and path.name != "script.py"]
        everything = f"{self.seen} {files} {self.cluster.logs}"
        assert expected in everything
        for secret in secrets:
            assert secret not in everything, everything[max(0, everything.index(secret) - 300):everything.index(secret) + 50]


@pytest.fixture
def watch(make_cluster):
    return Watch(make_cluster(password=PASSWORD))


def test_of_a_worker(watch):
    cluster = watch.cluster
    process = cluster.worker("w1", env={**LOUD, "galileo_trace_logging": "redis"})
    ids = cluster.bus.spawn("w1", "echo", 2) + cluster.bus.spawn("w1", "nowhere")
    done = cluster.bus.listen("WorkloadDoneEvent")
    for one in ids:
        cluster.bus.workload(one, 3, "constant", [0.001])
    done.wait(3)
    cluster.bus.publish("RegisterWorkerCommand")
    cluster.bus.publish("PauseTracingCommand")
    cluster.bus.ping()
    watch.look(command_lines(process.pid))
    assert cluster.end("w1") == 0
    watch.check(*SECRETS.values(), expected="galileo_zone")
    assert not any(name in str(watch.seen) for name in SECRETS), "not even their names are published"
    done.close()


def test_of_an_address_with_a_password(watch):
    """galileo_redis_url may hold one; so may the address of a repository."""
    cluster = watch.cluster
    address = f"redis://:{PASSWORD}@{cluster.server.address}/0"
    cluster.worker("w1", env={"galileo_redis_url": address, "galileo_apps_repository": "http://me:geheim-3141@127.0.0.1:9", "galileo_zone": "A"})
    cluster.bus.spawn("w1", "echo")
    watch.look()
    environment = {"galileo_redis_url": address}
    watch.look(cluster.program.run("ps", env=environment), cluster.program.run("rtbl", env=environment),
               cluster.program.run("doctor", env=environment), cluster.script("print(g.workers_info(), g)", env=environment))
    assert cluster.end("w1") == 0
    watch.check(PASSWORD, "geheim-3141", expected="galileo_zone")


def test_of_the_shell(watch):
    cluster = watch.cluster
    cluster.worker("w1", env=LOUD)
    package = pathlib.Path(cluster.program.path).resolve().parent.parent.parent / "python"
    environment = plain_environment({**LOUD, "PYTHONPATH": str(package), "galileo_redis_host": "127.0.0.1",
                                     "galileo_redis_port": str(cluster.server.port), "HOME": str(cluster.program.directory)})
    statements = """
env
g
g.workers_info()
c = g.spawn('echo', 2)
c.request(n=3).wait(10)
show.info()
rtbl.set('x', ['y'])
exp.start(metadata={'k': 1})
exp.event('a', 'b')
exp.stop()
g.spawn('echo', client='nosuch')
rds
eventbus
c.close()
"""
    done = subprocess.run([cluster.program.path, "shell"], input=statements, env=environment, cwd=cluster.program.directory,
                          capture_output=True, text=True, timeout=60)
    # `rds` shows what the package redis-py prints of its own connection, which hides nothing but a user's own terminal sees it
    shown = "".join(line + "\n" for line in (done.stdout + done.stderr).splitlines() if "ConnectionPool" not in line)
    assert "galileo_zone" in shown and "closing 2 clients" in shown
    watch.look(shown)
    assert cluster.end("w1") == 0
    watch.check(*SECRETS.values(), expected="galileo_zone")


def test_of_a_recorder(watch):
    cluster = watch.cluster
    process = cluster.program.start("recorder", "--redis", cluster.server.address, "--name", "night", env=LOUD)
    process.stdout.readline()
    cluster.redis.publish("galileo/events", "1795487324.5 foo bar")
    watch.look(command_lines(process.pid))
    process.terminate()
    watch.look(Program.finish(process))
    watch.check(*SECRETS.values(), expected="night")


@pytest.mark.parametrize("where", ["registered workers", "workers of its own"])
def test_of_a_run(watch, echo, where):
    cluster = watch.cluster
    arguments = ["run", "--url", f"http://{echo.host}/", "--rate", "50", "--duration", "2s",
                 "--clients", "2", "--db", "db.sqlite", "--name", "night", "--progress", "plain"]
    if where == "registered workers":
        cluster.worker("w1", env=LOUD)
        arguments += ["--redis", cluster.server.address]
    process = cluster.program.start(*arguments, env=LOUD)
    time.sleep(1)
    watch.look(command_lines(process.pid))
    finished = Program.finish(process, 60)
    assert finished.code == 0, finished.err
    watch.look(finished)
    if where == "registered workers":
        assert cluster.end("w1") == 0
    watch.check(*SECRETS.values(), expected="night")


def test_of_a_refused_connection(watch):
    cluster = watch.cluster
    for command in ("worker", "recorder", "ps", "rtbl"):
        finished = cluster.program.run(command, "--redis", cluster.server.address, env={**LOUD, "galileo_redis_password": "wrong-31337"})
        assert finished.code != 0
        watch.look(finished)
    watch.check("wrong-31337", *SECRETS.values(), expected="redis")
