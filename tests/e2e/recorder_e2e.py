"""`galileo recorder` between its start and SIGTERM, its rows read back with the notebooks' queries."""

import json
import signal
import sqlite3

from harness import Program, wait_until


def test_records_until_told_to_stop(galileo: Program, redis_server, tmp_path):
    server = redis_server(password="sesame")
    environment = {"galileo_redis_password": "sesame", "galileo_expdb_sqlite_path": str(tmp_path / "db.sqlite")}
    process = galileo.start("recorder", "--redis", server.address, "--name", "night", "--creator", "me",
                            "--metadata", '{"variant": "a"}', env=environment)
    exp_id = process.stdout.readline().strip()
    assert server.client.publish("galileo/events", "1795487324.5 foo bar baz") == 1
    assert server.client.publish("telem/n1/cpu", "1795487324.168946190 NaN") == 1
    process.send_signal(signal.SIGTERM)
    finished = Program.finish(process)
    assert finished.code == 0, finished.err
    account = json.loads(finished.out)
    assert (account["experiment"], account["events"], account["refused"], account["lost"]) == (exp_id, 1, 1, 0)
    with sqlite3.connect(tmp_path / "db.sqlite") as database:
        (row,) = database.execute("SELECT * FROM experiments")
        assert row[:3] == (exp_id, "night", "me") and row[6] == "FINISHED" and row[3] <= row[4]
        (metadata,) = database.execute(f"SELECT * FROM metadata WHERE EXP_ID = '{exp_id}'")
        assert json.loads(metadata[1]) == {"variant": "a", "exp_id": exp_id}
        events = database.execute(f'SELECT * FROM events WHERE exp_id in ("{exp_id}")').fetchall()
        assert events == [(exp_id, 1795487324.5, "foo", "bar baz")]
    assert "sesame" not in finished.out + finished.err


def test_says_what_it_cannot_use(galileo: Program, redis_server, tmp_path):
    finished = galileo.run("recorder", "--metadata", "[1]")
    assert finished.code == 2 and "expected a JSON object" in finished.err
    finished = galileo.run("recorder", "--redis", redis_server().address,
                           env={"galileo_expdb_driver": "oracle"})
    assert finished.code != 0 and "unknown database driver oracle" in finished.err


def test_stops_at_once_without_messages(galileo: Program, redis_server):
    server = redis_server()
    process = galileo.start("recorder", "--redis", server.address)
    process.stdout.readline()
    wait_until(lambda: server.client.pubsub_numpat() == 2, "the subscriptions")
    process.send_signal(signal.SIGINT)
    assert Program.finish(process).code == 0
    assert server.keys() == []
