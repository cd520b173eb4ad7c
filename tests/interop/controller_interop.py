"""Our controllers, the Python package and the programs, over workers as the original's are (contract 1.8, 2.2; 11.2, 11.12, 11.13)."""

import contextlib
import json
import sqlite3
import time

import pytest
from harness import wait_until

from pymq_client import PREFIX


@pytest.fixture
def mixed(make_cluster):
    """Two workers of the original's kind, o1 and o2, and two of ours, w1 and w2."""
    cluster = make_cluster()
    for name in ("o1", "o2"):
        cluster.original_worker(name)
    for name in ("w1", "w2"):
        cluster.worker(name)
    return cluster


def test_ping_of_two_and_two_gives_four_names(mixed):
    assert mixed.script("print(sorted(g.ping()), sorted(g.workers()))") == "['o1', 'o2', 'w1', 'w2'] ['o1', 'o2', 'w1', 'w2']\n"
    assert sorted(mixed.bus.ping()) == ["o1", "o2", "w1", "w2"]
    shown = json.loads(mixed.program.run("ps", "--redis", mixed.server.address, "--json").out)
    assert [worker["name"] for worker in shown["workers"]] == ["o1", "o2", "w1", "w2"]


def test_a_workload_right_after_the_spawn_is_never_lost_on_any_worker(mixed, echo):
    out = mixed.script("""
        for round in range(3):
            c = g.spawn('echo', 20)
            c.request(n=10, ia=0.01).wait(20)
            print(sorted({client.worker for client in c.clients}), len(c.close()))
    """)
    assert out == "closing 20 clients\n['o1', 'o2', 'w1', 'w2'] 20\n" * 3
    wait_until(lambda: echo.count() >= 600, "the requests after the original's done events")
    assert echo.settled() == 600


@pytest.mark.parametrize("gap", [0, 0.02, 0.17, 1.0])
def test_clients_that_listen_late_miss_nothing(make_cluster, echo, gap):
    """Contract 11.13; captured gaps are 0.02 to 0.17 s, more on slow nodes."""
    cluster = make_cluster()
    cluster.original_worker("o1", gap)
    out = cluster.script("""
        c = g.spawn('echo', 5, parameters={'path': '/x'})
        c.request(n=10, ia=0.01).wait(20)
        print([(info.description.client_id, info.requests, info.failed) for info in c.info()])
    """)
    assert out == str([(f"o1:echo:{n}", 10, 0) for n in range(5)]) + "\n"
    wait_until(lambda: echo.count("/x") == 50, "ten requests of each client")


def test_a_future_is_done_after_ten_requests_of_each_client(cluster, echo):
    """Contract 11.4 by our package."""
    assert cluster.script("""
        c = g.spawn('echo', 5)
        f = c.request(n=10, ia=0.01)
        f.wait(5)
        print(f.done, [info.requests for info in c.info()])
    """) == "True [10, 10, 10, 10, 10]\n"
    assert echo.settled() == 50


def test_show_info_has_a_row_for_each_client(mixed):
    out = mixed.script("g.spawn('echo', 5)\nshow.info()")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("|")]
    assert rows[0] == ["client id", "worker", "service", "client", "parameters", "requests", "failed"]
    assert [row[:1] + row[2:] for row in rows[1:]] == [[one, "echo", "default", "None", "0", "0"] for one in
                                                      ("o1:echo:0", "o1:echo:1", "o2:echo:0", "w1:echo:0", "w2:echo:0")]


def test_close_removes_the_three_registry_entries(make_cluster):
    """Of each client: its member in the worker's set, its description, its subscription; the set goes with the last."""
    cluster = make_cluster()
    cluster.original_worker("o1")
    cluster.script("""
        c = g.spawn('echo', 3)
        print(rds.smembers('galileo:worker:o1:clients'))
        print(c.close())
    """)
    wait_until(lambda: cluster.redis.pubsub_numsub(PREFIX + "Client.get_info")[0][1] == 0, "the ends of the clients")
    assert cluster.redis.keys("galileo:client:*") == [] and cluster.redis.keys("galileo:worker:*") == []
    assert cluster.redis.smembers("galileo:workers") == {"o1"}


def test_one_of_three_is_closed(make_cluster):
    cluster = make_cluster()
    cluster.original_worker("o1")
    assert cluster.script("c = g.spawn('echo', 3)\nprint(c.close(1), c, sep='\\n')") == "closing 1 clients\n['o1:echo:2']\no1:echo:0\no1:echo:1\n"
    wait_until(lambda: cluster.redis.smembers("galileo:worker:o1:clients") == {"o1:echo:0", "o1:echo:1"}, "the end of one")
    wait_until(lambda: cluster.redis.keys("galileo:client:o1:echo:2") == [], "its description's end")


def test_workers_without_a_lease_stay(make_cluster):
    """Ours refresh a key; the original's do not, and are no ghosts for that."""
    cluster = make_cluster()
    cluster.original_worker("o1", env={"galileo_zone": "A"})
    out = cluster.script("""
        sleep(11)  # more than any lease lasts
        print(g.workers(), dict(g.workers_info())['o1']['galileo_zone'])
        print(len(g.spawn('echo', 2, worker_labels={'galileo_zone': 'A'}).clients), g.workers())
    """)
    assert out == "{'o1'} A\n2 {'o1'}\n"


def test_an_original_worker_may_take_the_name_of_one_of_ours_that_was_killed(make_cluster, echo):
    cluster = make_cluster()
    process = cluster.worker("w1")
    process.kill()
    process.communicate()
    wait_until(lambda: not cluster.redis.exists("galileo:lease:worker:w1"), "the end of its lease")
    cluster.original_worker("w1")
    assert cluster.script("""
        print(g.workers(), g.ping())
        g.spawn('echo', 2).request(n=2, ia=0.01).wait(20)
        print(g.workers(), [info.requests for info in g.clients().info()])
    """) == "{'w1'} ['w1']\n{'w1'} [2, 2]\n"


def test_pause_rps_and_replacement_reach_the_original(make_cluster, echo):
    cluster = make_cluster()
    cluster.original_worker("o1", gap=0)
    out = cluster.script("""
        c = g.spawn('echo', 2)
        c.rps(50)
        sleep(1)
        c.rps(0)
        sleep(0.5)
        before = sum(info.requests for info in c.info())
        sleep(0.5)
        print(before > 10, sum(info.requests for info in c.info()) - before)
        c.request(n=3, ia=('uniform', 0.01, 0.02)).wait(10)
        print(g.discover())
        sleep(0.2)
        print(g.workers(), len(c.close()))
    """)
    assert out == "True 0\n1\nclosing 2 clients\n{'o1'} 2\n"


ODD = {"method": "get", "path": "/x?odd"}
BODY = "hello, world\nline2,with comma"


def test_our_experiment_records_the_original_worker(make_cluster, echo):
    """Contract 11.12: the same rows as around a worker of ours, and the metadata has the experiment's id."""
    cluster = make_cluster()
    cluster.original_worker("o1", env={"galileo_trace_logging": "redis"})
    cluster.worker("w1", env={"galileo_trace_logging": "redis"})
    database = cluster.program.directory / "galileodb.sqlite"
    start = time.time()
    out = cluster.script(f"""
        print(g.start_tracing())
        exp.start(name='first', creator='me', metadata={{'k': [1, {{'x': 'y'}}]}})
        c, lost = g.spawn('echo', 4, parameters={ODD}), g.spawn('nowhere', 2)
        c.request(n=7, ia=0.01).wait(20)
        lost.request(n=1, ia=0.01).wait(20)
        exp.event('load', 'high')
        sleep(1)  # the original's done event comes before the last answer
        print(g.stop_tracing())
        exp.stop()
    """, env={"galileo_expdb_sqlite_path": str(database)})
    assert out.splitlines()[0] == out.splitlines()[3] == "2", out
    with contextlib.closing(sqlite3.connect(database)) as connection:
        ((exp_id, name, creator, begin, end, created, status),) = connection.execute("SELECT * FROM experiments").fetchall()
        ((_, metadata),) = connection.execute("SELECT * FROM metadata").fetchall()
        traces = connection.execute("SELECT CLIENT, SERVICE, STATUS, SERVER, EXP_ID, RESPONSE, HEADERS, CREATED, SENT, DONE, REQUEST_ID "
                                    "FROM traces ORDER BY CLIENT").fetchall()
        assert connection.execute("SELECT EXP_ID, NAME, VALUE FROM events").fetchall() == [(exp_id, "load", "high")]
    assert (name, creator, status) == ("first", "me", "FINISHED") and start - 1 < begin == created < end < time.time() + 1
    assert json.loads(metadata) == {"k": [1, {"x": "y"}], "exp_id": exp_id}
    answered = [row for row in traces if row[1] == "echo"]
    assert [row[:6] for row in answered] == [(one, "echo", 200, echo.host, exp_id, BODY) for one in
                                             ("o1:echo:0", "o1:echo:1", "w1:echo:0", "w1:echo:1") for _ in range(7)]
    assert {json.loads(row[6])["X-Multi"] for row in answered} == {"a, b, c"}
    assert all(begin <= row[7] <= row[8] + 0.001 and row[8] <= row[9] <= end for row in answered)
    failed = [row[:7] + (row[8],) for row in traces if row[1] == "nowhere"]
    assert failed == [(one, "nowhere", -1, None, exp_id, None, None, -1) for one in ("o1:nowhere:2", "w1:nowhere:2")]
    assert len({row[10] for row in traces}) == len(traces) == 30
