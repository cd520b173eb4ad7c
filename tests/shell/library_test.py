"""The package in scripts: the published experiment scripts' calls, failures, and waits that end."""

import json
import os
import signal
import sqlite3
import subprocess
import textwrap
import time

import pytest

from conftest import Stage
from harness import PATIENCE, wait_until
from transcript import shell


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.start_worker("w1", galileo_zone="A")
    stage.server.client.rpush("routing:hosts:echo", stage.service.authority)
    stage.server.client.rpush("routing:weights:echo", "1")
    stage.server.client.sadd("routing:services", "echo")
    return stage


def start(stage: Stage, script: str, *flags: str) -> subprocess.Popen:
    """Starts Python, with `flags` of its own, on a script."""
    path = stage.directory / "script.py"
    path.write_text(textwrap.dedent(script))
    return subprocess.Popen(["/usr/bin/python3", *flags, str(path)], env=stage.python(), cwd=stage.directory,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def run(stage: Stage, script: str, *flags: str) -> str:
    process = start(stage, script, *flags)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert err == ""
    return out


def test_names_in_a_main_script(ready: Stage) -> None:
    assert run(ready, """
        from galileo.shell.script import *
        import __main__
        print(g.workers(), rds.ping(), sleep(0), sorted(name for name in vars(__main__) if name in
              ('g', 'show', 'rtbl', 'exp', 'eventbus', 'telemd', 'rds')))
    """) == "{'w1'} True None ['eventbus', 'exp', 'g', 'rds', 'rtbl', 'show', 'telemd']\n"


def test_without_any_other_package(ready: Stage) -> None:
    """As in a virtual environment that has neither redis nor requests: -S leaves the installed packages out."""
    out = run(ready, """
        from galileo.shell.script import *
        c = g.spawn('echo', 2)
        c.request(n=3).wait(10)
        show.info()
        for call in (lambda: rds.keys(), lambda: eventbus.queue('x').put(1), lambda: g.request('echo')):
            try:
                call()
            except ModuleNotFoundError as error:
                print(error)
        c.close()
    """, "-S")
    assert out.count("| 3 ") == 2
    assert out.count("needs the Python package redis; install python3-redis (Debian) or redis (pip)") == 2
    assert "g.request needs the Python package requests" in out


def test_the_flow_of_the_experiment_scripts(ready: Stage) -> None:
    """Contract 7.1: discover runs after spawn, profiles come from Redis lists."""
    out = run(ready, """
        import time
        from galileo.shell.shell import ClientGroup, Galileo, RoutingTableHelper, init
        from galileo.worker.api import ClientDescription
        from galileo.worker.context import Context
        ctx = Context()
        rds = ctx.create_redis()
        d = init(rds)
        g: Galileo = d['g']
        rtbl: RoutingTableHelper = d['rtbl']
        group: ClientGroup = g.spawn('fn-zone', 2, worker_labels={'galileo_zone': 'A'})
        for client in group.clients:
            while rds.lpop(client.client_id):
                pass
            rds.lpush(client.client_id, *[0.01, 0.02, 1e-11])
        rtbl.set('fn-zone', [rds.lrange('routing:hosts:echo', 0, -1)[0]], [1])
        print(g.discover(), g.start_tracing())
        group.request(ia=('prerecorded', 'ran')).wait(10)
        print(sorted(info.requests for info in group.info()), rds.exists(*[c.client_id for c in group.clients]))
        print(group.close())
        g.stop_tracing()
        rtbl.remove('fn-zone')
        print(rtbl.record('fn-zone'))
    """)
    assert out == "1 1\n[3, 3] 0\nclosing 2 clients\n['w1:fn-zone:1', 'w1:fn-zone:0']\nNone\n"


def test_an_experiment_is_recorded(ready: Stage) -> None:
    ready.start_worker("w3", galileo_trace_logging="redis", galileo_zone="T")
    out = run(ready, """
        from galileo.shell.script import *
        exp.start(name='first', creator='me', metadata={'zone': ['A', 1]})
        exp.start()
        c = g.spawn('echo', 2, worker_labels={'galileo_zone': 'T'})
        c.request(n=5).wait(10)
        exp.event('load', 'high and higher')
        rds.publish('telem/node1/cpu', '1795488056.168946190 80.5')
        c.close()
        g.stop_tracing()
        sleep(0.5)
        exp.stop()
        exp.stop()
    """)
    lines = out.splitlines()
    assert lines[:2] == ["experiment started", "experiment already running"]
    assert lines[2].endswith(": load = high and higher")
    assert lines[3:] == ["closing 2 clients", "waiting for experiment to end...", "ok"]
    database = sqlite3.connect(ready.directory / "galileodb.sqlite")
    exp_id, name, creator, begin, end, _, status = database.execute("SELECT * FROM experiments").fetchone()
    assert (name, creator, status) == ("first", "me", "FINISHED") and begin < end
    (metadata,) = database.execute("SELECT DATA FROM metadata WHERE EXP_ID = ?", (exp_id,)).fetchone()
    assert json.loads(metadata) == {"zone": ["A", 1], "exp_id": exp_id}
    assert database.execute("SELECT count(*), min(STATUS), max(STATUS) FROM traces WHERE EXP_ID = ?",
                            (exp_id,)).fetchone() == (10, 200, 200)
    assert database.execute("SELECT NAME, VALUE FROM events").fetchall() == [("load", "high and higher")]
    assert database.execute("SELECT NODE, METRIC, VALUE FROM telemetry").fetchall() == [("node1", "cpu", 80.5)]


def test_statistics(ready: Stage) -> None:
    out = run(ready, """
        from galileo.shell.script import *
        c = g.spawn('echo', 2)
        c.rps(50)
        sleep(3)
        s = c.stats(2)
        print(s['completed'] > 0, s['failed'], 0 < s['latency']['p50'] <= s['latency']['max'], list(s['statuses']))
        c.watch(1)
        d = g.spawn('echo', 3)
        print(s['others'], c.stats()['others'])
        print(repr(c.stats()).splitlines()[-1])
        g.clients().close()
    """)
    assert out.splitlines()[0] == "True 0 True [200]"
    assert "service time" in out
    assert out.splitlines()[-3:-1] == ["0 3", "3 other clients of the same services on these workers are counted too"]


def test_intervals_of_other_number_types(ready: Stage) -> None:
    assert run(ready, """
        from galileo.shell.script import *
        from fractions import Fraction
        c = g.spawn('echo')
        c.request(n=2, ia=Fraction(1, 100)).wait(10)
        print([info.requests for info in c.info()])
    """) == "[2]\n"


def test_a_thousand_clients_and_their_infos(ready: Stage) -> None:
    ready.start_worker("w2")
    out = run(ready, """
        from galileo.shell.script import *
        c = g.spawn('echo', 1000)
        print(len(c.clients), len({client.client_id for client in c.clients}), len(c.info()))
        c.request(n=1).wait(60)
        print(sum(info.requests for info in c.info()))
        c.close()
        print(len(g.clients()))
    """)
    assert out == "1000 1000 1000\n1000\nclosing 1000 clients\n0\n"


@pytest.mark.parametrize("call, error", [
    ("c.request()", "InvalidInput need interarrival or number of messages"),
    ("c.request(n=1, ia=[0.1])", "InvalidInput ia is [0.1]; wanted seconds, or a distribution and its parameters such as"),
    ("c.request(n=1, ia=('nosuch', 1))", "InvalidInput worker w1: "),
    ("c.rps(-1)", "InvalidInput the rate is -1"),
    ("c.rps('fast')", "InvalidInput the rate is 'fast'; wanted requests per second, 0 to pause"),
    ("c.request(n=1.5)", "InvalidInput n is 1.5; wanted a whole number, 0 for no limit"),
    ("g.spawn(3)", "InvalidInput service is 3; wanted a text"),
    ("g.spawn('echo', '3')", "InvalidInput num is '3'; wanted a whole number from 0"),
    ("rtbl.set('x', [5])", "InvalidInput host is 5; wanted a text"),
    ("rtbl.set('x', ['a'], ['b'])", "InvalidInput weight is 'b'; wanted a number from 0"),
    ("g.spawn('echo', worker_labels={'galileo_zone': 'B'})", "NotFound No workers found that match labels."),
    ("g.spawn('echo', worker_labels={'nosuch': 'B'})", "NotFound No workers found that match labels."),
    ("g.spawn('echo', client='nosuch')", "Unavailable worker w1: app nosuch is not in"),
    ("g.spawn('echo', parameters={'pth': '/'})", "InvalidInput worker w1: "),
    ("g.clients().add()", "InvalidInput need config to add clients to group"),
    ("rtbl.set('x', ['a', 'b'], [1])", "InvalidInput The number of weights does not match the population"),
    ("rtbl.update_weights('x', [1])", "NotFound No routing record found for service 'x'"),
    ("rtbl.update_weights('echo', [1, 2])", "InvalidInput invalid number of weights"),
    ("g.request('nosuch')", "NotFound No routing record found for service 'nosuch'"),
    ("g.request('echo', router_type='X')", "InvalidInput Unknown router type X"),
    ("g.spawn('echo', parameters={'kwargs': {'data': object()}})", "TypeError cannot send a value of type object"),
])
def test_mistakes(ready: Stage, call: str, error: str) -> None:
    out = run(ready, f"""
        from galileo.shell.script import *
        c = g.spawn('echo')
        try:
            {call}
        except Exception as error:
            print(type(error).__name__, error)
    """)
    assert out.startswith(error), out


def test_ctrl_c_ends_waits(ready: Stage) -> None:
    process = start(ready, """
        from galileo.shell.script import *
        c = g.spawn('echo')
        future = c.request(ia=0.05)
        try:
            print('waiting', flush=True)
            future.wait()
        except KeyboardInterrupt:
            print('interrupted', future)
        future.abort()
        print(future)
    """)
    assert process.stdout.readline() == "waiting\n"
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (out, err) == ("interrupted RequestFuture(waiting for 1 clients)\nRequestFuture(aborted)\n", "")


def test_a_killed_worker_ends_waits_and_disappears(ready: Stage) -> None:
    process = start(ready, """
        from galileo.shell.script import *
        future = g.spawn('echo').request(ia=0.05)
        print('waiting', flush=True)
        try:
            future.wait()
        except Exception as error:
            print(type(error).__name__, error)
        print(g.workers())
    """)
    assert process.stdout.readline() == "waiting\n"
    victim = ready.workers.pop("w1")
    os.killpg(victim.pid, signal.SIGKILL)
    victim.communicate()
    out, err = process.communicate(timeout=PATIENCE)
    assert err == ""
    assert out.startswith("GalileoError 1 clients are gone before they were done, w1:echo:0 among them")
    assert out.splitlines()[-1] == "set()"
    before = ready.service.stats()["requests"]
    time.sleep(0.5)
    assert ready.service.stats()["requests"] - before <= 1  # asking counts
    ready.start_worker("w1")  # the same name, at once


def test_events_queues_and_remote_functions(ready: Stage) -> None:
    assert run(ready, """
        from galileo.shell.script import *
        from galileo.worker.api import WorkloadDoneEvent
        import threading
        seen = threading.Event()
        def on_done(event: WorkloadDoneEvent):
            print(event)
            seen.set()
        eventbus.subscribe(on_done)
        eventbus.expose(lambda a, b: a + b, 'add')
        g.spawn('echo').request(n=1).wait(10)
        seen.wait(5)
        print(eventbus.stub('add')(1, 2), eventbus.stub('add', multi=True)('a', 1)[0])
        print(eventbus.stub('WorkerDaemon.ping', multi=True)(), eventbus.stub('nobody')())
        q = eventbus.queue('jobs')
        q.put({'x': 1}); q.put(WorkloadDoneEvent('c'))
        print(q.qsize(), q.get(), q.get())
        g.clients().close()
    """) == ("WorkloadDoneEvent(client_id='w1:echo:0')\n3 TypeError: can only concatenate str (not \"int\") to str\n"
             "['w1'] None\n2 {'x': 1} WorkloadDoneEvent(client_id='c')\nclosing 1 clients\n")


def test_the_programs_of_the_original(ready: Stage) -> None:
    for command, expected in ((["-m", "galileo.cli.worker", "--help"], "galileo worker - host emulated clients"),
                              (["-m", "galileo.cli.experimentd", "--help"], "galileo experimentd - run queued experiments"),
                              (["-m", "galileo.cli.api", "--help"], "galileo api - serve the REST API"),
                              (["-m", "galileo.cli.galileo", "app", "--help"], "galileo app - list, deploy and remove"),
                              (["-m", "galileo.cli.shell", "--help"], "usage: galileo shell")):
        done = subprocess.run(["/usr/bin/python3", *command], env=ready.python(), capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert expected in done.stdout


def test_help_has_examples_that_are_python(ready: Stage) -> None:
    assert run(ready, """
        import ast, doctest, inspect
        from galileo.shell.script import *
        for one in (g, show, rtbl, exp, telemd, eventbus, g.clients(), g.clients().request(n=1)):
            examples = doctest.DocTestParser().get_examples(type(one).__doc__)
            for name, method in inspect.getmembers(one, inspect.ismethod):
                if name.startswith('_'):
                    continue
                if not method.__doc__:
                    print('no help:', type(one).__name__, name)
                examples += doctest.DocTestParser().get_examples(method.__doc__ or '')
            if not examples:
                print('no example:', type(one).__name__)
            for example in examples:
                ast.parse(example.source)
    """) == ""


def test_help_at_the_prompt(ready: Stage) -> None:
    out = shell(ready, stdin="help(g.spawn)\nhelp(rtbl)\nhelp(env)\n").stdout
    assert out.startswith("Help on method spawn in module galileo.shell.shell:\n\nspawn(service: str, num: int = 1, ")
    assert "\n    >>> g.spawn('echo')\n    w1:echo:0\n" in out
    assert "Help on RoutingTableHelper in module galileo.shell.shell" in out
    assert " |  The routing table: which hosts the requests of a service go to.\n" in out


def test_help_reads_well(ready: Stage) -> None:
    out = run(ready, "import galileo, galileo.shell.shell as s\nhelp(galileo)\nhelp(s.Galileo.spawn)\nhelp(s.ClientGroup)\n")
    assert "define, run and steer distributed load-testing experiments" in out
    assert "worker_labels  only on workers that have all of these labels" in out


def test_a_refused_workload_leaves_the_one_before(ready: Stage) -> None:
    assert run(ready, """
        from galileo.shell.script import *
        from galileo.errors import InvalidInput
        c = g.spawn('echo')
        future = c.request(ia=60)
        for call in (lambda: c.request(ia=('expovriate', 1)), lambda: c.rps(float('nan'))):
            try:
                call()
            except InvalidInput:
                print(future)
        c.close()
    """) == "RequestFuture(waiting for 1 clients)\n" * 2 + "closing 1 clients\n"


def test_workloads_for_clients_that_are_gone(ready: Stage) -> None:
    assert run(ready, """
        from galileo.shell.script import *
        from galileo.errors import NotFound
        c = g.spawn('echo', 2)
        g.clients(c.clients[0].client_id).close()
        try:
            c.rps(1)
        except NotFound as error:
            print(str(error).split(',')[0])
    """) == "closing 1 clients\n1 clients are gone\n"


def test_mistakes_show_no_environment(ready: Stage) -> None:
    ready.environment["X_PASSWORD"] = "hunter2"
    out = run(ready, """
        from galileo.shell.script import *
        for arguments in ((5,), (1, 2, 3), ('a', 5)):
            try:
                exp.start(*arguments)
            except ValueError as error:
                print(error)
    """)
    assert out == "name is 5; wanted a text\nname is 1; wanted a text\ncreator is 5; wanted a text\n"


def test_clients_of_a_group_take_turns(ready: Stage) -> None:
    """With one interval for all, the times at which they mean to send are spread over it."""
    ready.start_worker("w2", galileo_zone="B", galileo_trace_logging="redis")
    run(ready, """
        from galileo.shell.script import *
        exp.start()
        g.spawn('echo', 4, worker_labels={'galileo_zone': 'B'}).request(n=1, ia=2).wait()
        exp.stop()
    """)
    with sqlite3.connect(ready.directory / "galileodb.sqlite") as database:
        created = sorted(row[0] for row in database.execute("SELECT CREATED FROM traces"))
    assert [later - earlier for earlier, later in zip(created, created[1:])] == [pytest.approx(0.5, abs=0.2)] * 3
