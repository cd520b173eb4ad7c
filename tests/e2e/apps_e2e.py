"""Client apps on a real worker, which is spoken to as the original's controller does."""

import json
import os
import re
import signal
import threading

import pytest

from apps_kit import AppWorker, Repository, basic, recorder
from harness import wait_until

COUNTER = """
number = 0

def next_request():
    global number
    number += 1
    return 'get', '/%s/%d' % (context.parameters.get('tag', context.name), number), None
"""


@pytest.fixture
def worker(galileo, redis_server, tmp_path):
    """Starts workers: worker(galileo_apps_repository="http://...")."""
    started = []
    server = redis_server()

    def start(**env: str) -> AppWorker:
        started.append(AppWorker(galileo, server, tmp_path / "apps", env))
        return started[-1]

    yield start
    for one in started:
        assert one.stop() == 0, one.log()


@pytest.fixture
def seen():
    """A recording server: its authority, and what it has been sent."""
    with recorder() as (authority, requests):
        yield authority, requests


def paths(requests) -> list[str]:
    return [request.path for request in requests]


def test_requests_come_from_the_app_in_order(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("counter", COUNTER)
    one.route(authority)
    (client,) = one.spawn("counter", parameters={"tag": "x"})
    with one.done_events() as done:
        one.request(client, 20)
        wait_until(lambda: done == [client], "the end of the workload")
    assert paths(requests) == [f"/x/{number}" for number in range(1, 21)]
    assert one.info(client) == (20, 0)


def test_each_client_has_a_module_and_the_documented_context(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("ctx", """
import json
assert __name__ == 'galileo.clients.ctx'
print('loading', context.name)
loaded = dict(name=context.name, path=context.path, manifest=context.manifest, parameters=context.parameters)

def next_request():
    loaded['calls'] = loaded.get('calls', 0) + 1
    return 'post', '/', {'json': loaded}
""", manifest="name: other name\nversion: 0.5\nlist: [1, yes]\n")
    one.route(authority)
    clients = one.spawn("ctx", 3)
    assert len(clients) == 3
    with one.done_events() as done:
        for client in clients:
            one.request(client, 1)
        wait_until(lambda: sorted(done) == clients, "the ends")
    for request in requests:
        assert json.loads(request.body) == {"name": "ctx", "path": str(one.directory / "ctx"), "calls": 1,
                                            "manifest": {"name": "other name", "version": 0.5, "list": [1, True]}, "parameters": {}}
    assert one.out.read_text().count("loading") == 3  # the apps' output is the worker's


def test_bytes_tuples_and_threads(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("rich", r"""
import threading
home = threading.get_ident()

def next_request():
    assert threading.get_ident() == home
    return 'post', '/upload', {'data': b'\x00\xff\n\r\x80' * 1000, 'auth': ('user', 'secret'), 'timeout': (3, 4.5),
                               'headers': {'Content-Type': 'image/png', 'authorization': 'none'}}
""")
    one.route(authority)
    (client,) = one.spawn("rich")
    with one.done_events() as done:
        one.request(client, 3)
        wait_until(lambda: done, "the end of the workload")
    assert len(requests) == 3
    for request in requests:
        assert request.body == b"\x00\xff\n\r\x80" * 1000
        assert request.headers["Authorization"] == basic("user", "secret")
        assert request.headers["Content-Type"] == "image/png"


def test_an_app_that_cannot_be_loaded_answers_the_spawner_with_the_traceback(worker):
    one = worker()
    one.app("raises", "def deep():\n    raise ValueError('no luck')\n\ndeep()\n")
    error = one.refusal("raises")
    assert error.args[0] == "ValueError"
    assert "app raises could not be loaded: ValueError: no luck" in error.args[1]
    assert f'File "{one.directory}/raises/generator.py", line 2, in deep' in error.args[1]
    assert "apphost.py" not in error.args[1]  # frames of ours would only be in the way
    one.app("syntax", "def next_request(:\n")
    assert "SyntaxError" in one.refusal("syntax").args[1]
    one.app("lacks", "x = 1\n")
    assert "defines no function next_request()" in one.refusal("lacks").args[1]
    one.app("leaves", "import sys\nsys.exit(3)\n")
    assert "SystemExit: 3" in one.refusal("leaves").args[1]
    one.app("dies", "import os\nos._exit(7)\n")
    assert re.search(r"app dies could not be loaded: the app process \d+ has ended \(exit code 7\)", one.refusal("dies").args[1])
    one.app("empty")
    assert "has no generator.py" in one.refusal("empty").args[1]
    assert not one.redis.keys("galileo:client:*")
    one.app("good", COUNTER)
    assert one.spawn("good", 2)  # whatever came before


def test_names_of_apps_are_checked(worker):
    one = worker()
    assert one.refusal("nosuch").args == ("LookupError", "No app with name nosuch found")
    for name in ("../counter", "a/b", ".hidden", "a b", "..", "x" * 101):
        assert one.refusal(name).args[0] == "ValueError", name
    one.app("broken", COUNTER, manifest="name: [")
    assert "manifest.yml: line 1" in one.refusal("broken").args[1]


def test_an_exception_costs_one_request_and_the_client_lives_on(worker, seen):
    authority, requests = seen
    one = worker(galileo_trace_logging="redis", galileo_expdb_trace_logger_flush="1")
    one.app("moody", """
number = 0

def next_request():
    global number
    number += 1
    if number == 2:
        raise KeyError('second')
    if number == 3:
        return 'get', '/'
    if number == 4:
        return 'get', '/', {'jsn': 1}
    return 'get', '/%d' % number, {}
""")
    one.route(authority)
    (client,) = one.spawn("moody")
    traces = []
    listener = one.redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(**{"galileo/results/traces": lambda message: traces.append(message["data"].split(","))})
    thread = listener.run_in_thread(sleep_time=0.01)
    with one.done_events() as done:
        one.request(client, 6)
        wait_until(lambda: done, "the end of the workload")
    wait_until(lambda: len(traces) == 6, "the traces")
    thread.stop()
    thread.join()
    listener.close()
    assert paths(requests) == ["/1", "/5", "/6"]
    assert one.info(client) == (6, 3)
    assert [trace[6] for trace in traces] == ["200", "-1", "-1", "-1", "200", "200"]
    assert [trace[4] for trace in traces][1] == "-1.0000000"  # never sent
    assert f"{client}: app moody failed (1 times): KeyError: 'second'" in one.log()
    assert "line 8, in next_request" in one.log()


def test_stop_iteration_ends_the_workload(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("short", "requests = iter([('get', '/%d' % i, None) for i in range(4)])\n\ndef next_request():\n    return next(requests)\n")
    one.route(authority)
    (client,) = one.spawn("short")
    with one.done_events() as done:
        one.request(client, None, 0.005)
        wait_until(lambda: done == [client], "the end of the workload")
        assert len(requests) == 4
        one.request(client, 1)
        wait_until(lambda: done == [client, client], "the end of an empty workload")
    assert len(requests) == 4


def test_an_idle_client_is_not_asked_ahead(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("live", """
import os
def next_request():
    with open(os.path.join(context.path, 'calls'), 'a') as calls:
        calls.write('x')
    return 'get', '/', None
""")
    calls = one.directory / "live" / "calls"
    one.route(authority)
    (client,) = one.spawn("live")
    assert not calls.exists()  # creating a client asks for nothing
    with one.done_events() as done:
        one.request(client, 3, 0.3)
        wait_until(lambda: done, "the end of the workload")
    assert len(requests) == 3
    assert len(calls.read_text()) <= 5


def test_a_waiting_generator_does_not_hold_up_the_others(worker, seen):
    authority, requests = seen
    one = worker(galileo_app_processes="1")
    one.app("stuck", "import time\n\ndef next_request():\n    time.sleep(3600)\n")
    one.app("counter", COUNTER)
    one.route(authority)
    (stuck,) = one.spawn("stuck")
    (free,) = one.spawn("counter")
    assert len(one.app_processes()) == 1
    with one.done_events() as done:
        one.request(stuck, 1)
        one.request(free, 200)
        wait_until(lambda: done == [free], "the free client's end")
    assert len(requests) == 200
    one.publish("CloseClientCommand", stuck)
    wait_until(lambda: not one.redis.exists(f"galileo:client:{stuck}"), "the stuck client to be closed")


def test_apps_are_started_again_when_their_process_is_killed(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("counter", COUNTER)
    one.route(authority)
    (client,) = one.spawn("counter")
    with one.done_events() as done:
        one.request(client, None, 0.01)
        wait_until(lambda: len(requests) > 5, "requests")
        (before,) = one.app_processes()
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: one.app_processes() not in ([], [before]), "another process")
        count = len(requests)
        wait_until(lambda: len(requests) > count + 5, "requests again")
        assert paths(requests).count("/counter/1") == 2  # executed anew
        assert not done
    assert f"the app process {before} has ended (signal 9)" in one.log()
    one.publish("StopWorkloadCommand", client)


def test_an_app_that_cannot_be_loaded_again_ends_its_workload(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("counter", COUNTER)
    one.route(authority)
    (client,) = one.spawn("counter")
    with one.done_events() as done:
        one.request(client, None, 0.01)
        wait_until(lambda: requests, "requests")
        (one.directory / "counter" / "generator.py").write_text("raise ValueError('changed')\n")
        os.kill(one.app_processes()[0], signal.SIGKILL)
        wait_until(lambda: done == [client], "the end of the workload")
    assert f"{client}: its requests end: app counter could not be loaded: ValueError: changed" in one.log()


def test_killing_the_worker_leaves_no_process(worker):
    one = worker()
    one.app("counter", COUNTER)
    one.app("stuck", "import time\n\ndef next_request():\n    while True:\n        pass\n")
    one.spawn("counter")
    (client,) = one.spawn("stuck")
    one.route("127.0.0.1:1")
    one.request(client, 1)
    assert one.app_processes()
    one.process.kill()
    wait_until(lambda: not one.app_processes(), "the end of the app processes")
    one.process.wait()
    one.stop = lambda: 0  # there is nothing left to stop


def test_no_python(worker, seen):
    authority, requests = seen
    one = worker(galileo_python="/nowhere/python3")
    one.app("counter", COUNTER)
    error = one.refusal("counter")
    assert error.args[0] == "ConnectionError"
    assert "client apps need Python 3: /nowhere/python3: No such file or directory (galileo_python says which one to use)" in error.args[1]
    one.app("lines", manifest="name: lines\nkind: feed\nmode: once\n", requests__jsonl='{"path": "/a"}\n')
    one.route(authority)
    (client,) = one.spawn("lines")
    one.request(client, 1)
    wait_until(lambda: paths(requests) == ["/a"], "the request of a feed, which needs no Python")


def test_apps_are_fetched_from_the_repository_once(worker, galileo, redis_server, seen, tmp_path):
    authority, requests = seen
    repository = Repository()
    repository.add("remote", {"manifest.yml": "name: remote\n", "generator.py": COUNTER, "sub/data.txt": "x", "sub/": ""})
    with repository.serve() as url:
        one = worker(galileo_apps_repository=url + "/")
        one.route(authority)
        other = AppWorker(galileo, redis_server(), one.directory, {"galileo_apps_repository": url})  # one directory for two
        answers = []
        threads = [threading.Thread(target=lambda worker=each: answers.append(worker.spawn("remote"))) for each in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 2
        downloads = len(repository.downloads)
        assert 1 <= downloads <= 2
        assert (one.directory / "remote" / "sub" / "data.txt").read_text() == "x"
        assert sorted(path.name for path in one.directory.iterdir()) == ["remote"]  # nothing half-done beside it
        assert one.spawn("remote") and other.spawn("remote")  # from the directory now
        assert len(repository.downloads) == downloads
        one.request(answers[0][0], 1)
        wait_until(lambda: paths(requests) == ["/remote/1"], "the request")
        assert one.refusal("nosuch").args == ("LookupError", "No app with name nosuch found")
        assert other.stop() == 0


def test_what_a_repository_may_not_do(worker, tmp_path):
    repository = Repository()
    manifest = {"manifest.yml": "name: x\n", "generator.py": COUNTER}
    for name, evil in (("slip", "../evil"), ("deep", "a/../../../evil"), ("absolute", str(tmp_path / "evil"))):
        repository.add(name, {**manifest, evil: "got out"})
    repository.add("bomb", {**manifest, "zeros": "0" * (300 * 1024 * 1024)})
    repository.add("nested", {"nested/manifest.yml": "name: nested\n"})
    repository.add("liar", manifest)
    repository.infos["liar"] = {"name": "somebody else"}
    repository.add("junk", manifest)
    repository.archives["junk"] = b"PK\3\4 and so on"
    with repository.serve() as url:
        one = worker(galileo_apps_repository=url)
        for name, words in (("slip", "leaves the app's directory"), ("deep", "leaves the app's directory"),
                            ("absolute", "relative path"), ("bomb", "larger than allowed when unpacked"),
                            ("nested", "manifest.yml"), ("liar", "not about an app of this name"), ("junk", "zip")):
            assert words in one.refusal(name).args[1], name
        assert not (tmp_path / "evil").exists() and not (one.directory / "evil").exists()
        assert list(one.directory.iterdir()) == []
        repository.add("taken", manifest)
        (one.directory / "taken").mkdir()
        (one.directory / "taken" / "notes.txt").write_text("mine")
        assert "remove it to have taken downloaded" in one.refusal("taken").args[1]
        assert (one.directory / "taken" / "notes.txt").read_text() == "mine"
    error = one.refusal("later")
    assert error.args[0] == "ConnectionError"
    assert "app later is not in" in error.args[1] and "no answer (refused)" in error.args[1]


@pytest.mark.parametrize("mode", ["cycle", "once", "random"])
def test_feeds(worker, seen, mode):
    authority, requests = seen
    one = worker()
    one.app("feed", manifest=f"name: feed\nkind: feed\nmode: {mode}\n",
            requests__csv='method,path,kwargs,data\nget,/1,"{""params"": {""q"": 1}}",\npost,/2,,hello\n,/3,,\n')
    one.route(authority)
    (client,) = one.spawn("feed")
    with one.done_events() as done:
        one.request(client, 7)
        wait_until(lambda: done, "the end of the workload")
    want = ["/1?q=1", "/2", "/3"]
    if mode == "random":
        assert len(requests) == 7 and set(paths(requests)) <= set(want)
    else:
        assert paths(requests) == (want if mode == "once" else (want * 3)[:7])
        assert (requests[1].method, requests[1].body) == ("POST", b"hello")
    assert one.app_processes() == []


def test_mistakes_in_feeds_are_found_when_clients_are_created(worker):
    one = worker()
    feed = "name: f\nkind: feed\n"
    one.app("line", manifest=feed, requests__jsonl='{"path": "/"}\n{"path": "/", "kwargs": {"jsn": 1}}\n')
    assert "line/requests.jsonl: line 2: kwargs: unknown key 'jsn'" in one.refusal("line").args[1]
    one.app("nothing", manifest=feed, requests__jsonl="\n")
    assert "no requests" in one.refusal("nothing").args[1]
    one.app("absent", manifest=feed)
    assert "needs a file requests.jsonl or requests.csv" in one.refusal("absent").args[1]
    one.app("mode", manifest=feed + "mode: twice\n", requests__jsonl="{}\n")
    assert "allowed are cycle, random, once" in one.refusal("mode").args[1]
    one.app("outside", manifest=feed + "file: ../../x.jsonl\n", requests__jsonl="{}\n")
    assert "beside the manifest" in one.refusal("outside").args[1]
    one.app("fine", manifest=feed, requests__jsonl="{}\n")
    assert "takes no parameters" in one.refusal("fine", {"a": 1}).args[1]


def test_a_thousand_clients(worker, seen):
    authority, requests = seen
    one = worker()
    one.app("counter", COUNTER)
    one.route(authority)
    clients = one.spawn("counter", 1000)
    assert len(clients) == 1000
    with one.done_events() as done:
        for client in clients[::100]:
            one.request(client, 2)
        wait_until(lambda: len(done) == 10, "the ends")
    assert len(requests) == 20


def test_a_spec_may_name_an_app(galileo, seen, tmp_path):
    authority, requests = seen
    app = tmp_path / "apps" / "counter"
    app.mkdir(parents=True)
    (app / "manifest.yml").write_text("name: counter\n")
    (app / "generator.py").write_text(COUNTER)
    (tmp_path / "spec.yml").write_text(f"""
duration: 1s
services:
  echo: {{routes: ["{authority}"]}}
workloads:
  - {{name: main, service: echo, app: counter, parameters: {{tag: spec}}, rate: 50, clients: 2}}
""")
    finished = galileo.run("run", "spec.yml", "--progress", "none", "--summary", "json", "--db", "none", patience=60)
    assert finished.code == 0, finished.err
    assert json.loads(finished.out)["completed"] == 50
    assert len(requests) == 50 and all(path.startswith("/spec/") for path in paths(requests))
