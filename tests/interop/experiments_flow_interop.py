"""The profiling flow of galileo-experiments, in its order of calls (contract 7.1, 11.22). Kubernetes and telemd are stubs."""

import contextlib
import itertools
import json
import sqlite3

import pytest
from harness import wait_until

from pymq_client import Listener

PROFILE = [0.11, 0.22, 0.05, 0.3, 1e-11]  # what the scripts push: 0 is replaced by 1e-11

FLOW = """
import json, threading, time
from typing import List
from galileo.shell.shell import ClientGroup, Experiment, Galileo, RoutingTableHelper, Telemd, init
from galileo.worker.api import ClientDescription
from galileo.worker.context import Context


class Kubernetes:
    '''Deploys nothing; the adapter on its node reports the pod, as telemd-kubernetes-adapter does.'''

    def __init__(self, rds):
        self.rds = rds

    def create_deployment(self, name: str) -> str:
        def running():
            time.sleep(1.5)
            pod = json.dumps({{'name': name, 'nodeName': 'node1', 'containers': {{}}}})
            self.rds.publish('galileo/events', '%.7f pod/running %s' % (time.time(), pod))
        threading.Thread(target=running).start()
        return '{host}'


ctx = Context()
rds = ctx.create_redis()
d = init(rds)
g: Galileo = d['g']
rtbl: RoutingTableHelper = d['rtbl']
telemd: Telemd = d['telemd']
exp: Experiment = d['exp']
kubernetes = Kubernetes(rds)

groups: List[ClientGroup] = [
    g.spawn('fn-zone-' + zone, 2, parameters={{'method': 'post', 'path': '/function/fn', 'kwargs': {{'data': '{{"x": 1}}'}}}},
            worker_labels={{'galileo_zone': 'zone-' + zone}}) for zone in {zones}]
time.sleep(1)
for group in groups:
    client: ClientDescription
    for client in group.clients:
        while rds.lpop(client.client_id):
            pass
        rds.lpush(client.client_id, *{profile})
events = rds.pubsub()
events.subscribe('galileo/events')
load_balancer = kubernetes.create_deployment('fn')
for zone in {zones}:
    rtbl.set('fn-zone-' + zone, [load_balancer], [1])
print(g.discover())
time.sleep(1)
print(g.start_tracing(), g.workers())
telemd.start_telemd(['node1'])
exp.start(name='profiling', creator='galileo-experiments', metadata={{'image': 'fn', 'profile': {profile}, 'ia': 'prerecorded'}})
time.sleep(1)
for message in events.listen():
    if message['type'] == 'message':
        break
time.sleep(1)
for future in [group.request(ia=('prerecorded', 'ran')) for group in groups]:
    future.wait(30)
time.sleep(1)
for group in groups:
    group.close()
time.sleep(1)
print(g.stop_tracing())
telemd.stop_telemd()
exp.stop()
for zone in {zones}:
    rtbl.remove('fn-zone-' + zone)
print([record.service for record in rtbl.records()])
"""


@pytest.mark.parametrize("zones", [{"a": "ours"}, {"a": "the original's"}, {"a": "ours", "b": "the original's"}], ids=lambda zones: " and ".join(zones.values()))
def test_profiling(make_cluster, echo, zones):
    cluster = make_cluster()
    for zone, kind in zones.items():
        start = cluster.worker if kind == "ours" else cluster.original_worker
        start(f"worker-zone-{zone}", env={"galileo_zone": f"zone-{zone}", "galileo_trace_logging": "redis"})
    node = Listener(cluster.redis, "telemcmd/node1")
    database = cluster.program.directory / "galileodb.sqlite"
    out = cluster.script(FLOW.format(host=echo.host, zones=list(zones), profile=PROFILE), env={"galileo_expdb_sqlite_path": str(database)})
    count, ids = len(zones), [f"worker-zone-{zone}:fn-zone-{zone}:{n}" for zone in zones for n in range(2)]
    lines = out.splitlines()
    assert lines[0] == str(count), "discover asks every worker"
    assert lines[1].startswith(f"{count} ") and all(f"'worker-zone-{zone}'" in lines[1] for zone in zones), "and finds it again"
    assert lines[2:] == ["experiment started", *["closing 2 clients"] * count, str(count), "waiting for experiment to end...", "ok", "['echo']"], "nothing but the test's own record stays"
    assert node.wait(2) == ["unpause", "pause"]
    node.close()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        ((exp_id, name, creator, status),) = connection.execute("SELECT EXP_ID, NAME, CREATOR, STATUS FROM experiments").fetchall()
        ((metadata,),) = connection.execute("SELECT DATA FROM metadata").fetchall()
        rows = connection.execute("SELECT CLIENT, SENT, STATUS, EXP_ID, SERVICE FROM traces ORDER BY CLIENT, SENT").fetchall()
        assert [row[0] for row in connection.execute("SELECT NAME FROM events")] == ["pod/running"]
    assert (name, creator, status) == ("profiling", "galileo-experiments", "FINISHED")
    assert json.loads(metadata) == {"image": "fn", "profile": PROFILE, "ia": "prerecorded", "exp_id": exp_id}
    assert [(row[0],) + row[2:] for row in rows] == [(one, 200, exp_id, one.split(":")[1]) for one in ids for _ in PROFILE]
    for one in ids:
        sent = [row[1] for row in rows if row[0] == one]
        # pushed one by one, the first is played first; a busy machine may send late, never early
        for came, due in zip((later - sent[0] for later in sent), itertools.accumulate([0, *PROFILE[1:]])):
            assert due - 0.1 <= came <= due + 1.0
    assert {request[0] for request in echo.requests} == {"/function/fn"} and len(echo.requests) == len(rows)
    assert not cluster.redis.exists(*ids), "the profiles are used up"
    wait_until(lambda: not cluster.redis.keys("galileo:client:*"), "the ends of the clients")
    assert cluster.redis.keys("galileo:worker:*") == [] and cluster.redis.smembers("routing:services") == {"echo"}
