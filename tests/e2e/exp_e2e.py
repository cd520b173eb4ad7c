"""`galileo exp` on databases that `galileo run` and sqlite3 made."""

import csv
import io
import json
import os
import pathlib
import pty
import sqlite3
import subprocess

import pytest

from harness import PATIENCE, Finished, Program, plain_environment

START = 1795487324.0


@pytest.fixture
def database(galileo: Program, tmp_path: pathlib.Path) -> pathlib.Path:
    """Two experiments; the first one was really run and has 20 traces, the second one has rows of all kinds."""
    path = tmp_path / "galileodb.sqlite"
    ran = galileo.run("run", "--url", "http://127.0.0.1:9/", "--rate", "100", "--duration", "200ms", "--name", "refused",
                      "--db", path, "--processes", "1", "--threads", "1", "-q")
    assert path.exists(), ran
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("INSERT INTO experiments VALUES ('e-night', 'night', 'me', ?, ?, ?, 'FAILED')",
                           (START, START + 308, START - 1))
        connection.execute("""INSERT INTO metadata VALUES ('e-night', '{"variant": "a"}')""")
        connection.executemany("INSERT INTO traces VALUES (?, 'c', 's', 1.5, 1.5, 2.5, ?, ?, NULL, ?, 'e-night')", [
            ("r1", 200, 'say "hi",\nthen go', "node-a:80"), ("r2", 503, "", "node-a:80"), ("r3", -1, None, None)])
        connection.executemany("INSERT INTO telemetry VALUES ('e-night', ?, 'cpu', NULL, 'n1', 12.5)", [(1.0,), (2.0,)])
        connection.execute("INSERT INTO events VALUES ('e-night', 1.0, 'begin', 'now')")
        connection.execute("INSERT INTO nodeinfo VALUES ('e-night', 'n1', 'arch', 'x86')")
    connection.close()
    return path


@pytest.fixture
def exp(galileo: Program):
    def call(*arguments: object, **env: str) -> Finished:
        return galileo.run("exp", *arguments, env={"TZ": "UTC", **env})
    return call


def good(finished: Finished) -> str:
    assert finished.code == 0 and finished.err == "", finished
    return finished.out


def rows_left(path: pathlib.Path, exp_id: str) -> int:
    connection = sqlite3.connect(path)
    tables = ("experiments", "metadata", "nodeinfo", "telemetry", "events", "traces")
    counts = [connection.execute(f"SELECT COUNT(*) FROM {table} WHERE EXP_ID = ?", (exp_id,)).fetchone()[0] for table in tables]
    connection.close()
    return sum(counts)


def test_list_and_show(exp, database: pathlib.Path) -> None:
    lines = good(exp("ls")).splitlines()
    assert lines[0].split() == ["ID", "NAME", "CREATOR", "STATUS", "START", "DURATION"]
    assert "refused" in lines[1]
    assert lines[2].split() == ["e-night", "night", "me", "FAILED", "2026-11-24", "02:28:44", "5:08"]
    listed = json.loads(good(exp("ls", "--json", "--status", "failed")))["experiments"]
    assert {"id": "e-night", "name": "night", "creator": "me", "start": START, "end": START + 308,
            "created": START - 1, "status": "FAILED"} in listed
    assert "03:28:44" in exp("ls", TZ="Europe/Vienna").out or not os.path.exists("/usr/share/zoneinfo/Europe/Vienna")
    assert good(exp("ls", "--status", "QUEUED")) == " no experiment is QUEUED\n"
    page = good(exp("show", "e-night"))
    for part in ('"variant": "a"', " traces      3, 2 failed (66.7 %)", "(no host)", " telemetry   2", " events      1", " nodeinfo    1"):
        assert part in page
    details = json.loads(good(exp("show", "e-night", "--json")))
    assert details["telemetry"] == {"rows": 2, "series": [{"node": "n1", "metric": "cpu", "rows": 2}]}
    run_id = lines[1].split()[0]
    assert json.loads(good(exp("show", run_id, "--json")))["traces"]["total"] == 20


def test_export(exp, database: pathlib.Path, tmp_path: pathlib.Path) -> None:
    rows = list(csv.DictReader(io.StringIO(good(exp("export", "e-night")), newline="")))
    assert [row["REQUEST_ID"] for row in rows] == ["r1", "r2", "r3"]
    assert rows[0]["RESPONSE"] == 'say "hi",\nthen go' and rows[0]["STATUS"] == "200" and rows[0]["SENT"] == "1.5"
    lines = good(exp("export", "e-night", "--format", "jsonl", "--where", "status=503", "--where", "SERVER=node-a:80"))
    assert [json.loads(line)["REQUEST_ID"] for line in lines.splitlines()] == ["r2"]
    assert good(exp("export", "e-night", "--table", "events")) == "EXP_ID,TIMESTAMP,NAME,VALUE\ne-night,1.0,begin,now\n"
    assert good(exp("export", "e-night", "--table", "nodeinfo", "--limit", "0")) == "EXP_ID,NODE,INFO_KEY,INFO_VALUE\n"
    assert good(exp("export", "e-night", "--table", "telemetry", "-o", tmp_path / "out.csv")) == ""
    assert (tmp_path / "out.csv").read_text().splitlines()[1:] == ["e-night,1.0,cpu,,n1,12.5", "e-night,2.0,cpu,,n1,12.5"]


def test_export_refuses(exp, database: pathlib.Path, tmp_path: pathlib.Path) -> None:
    finished = exp("export", "e-night", "--where", "NODE=x")
    assert finished.code == 2 and "'NODE' is not a column of traces; columns are REQUEST_ID, CLIENT" in finished.err
    kept = tmp_path / "kept.csv"
    kept.write_text("kept")
    assert exp("export", "nosuch", "-o", kept).code == 1 and kept.read_text() == "kept"
    before = database.read_bytes()
    finished = exp("export", "e-night", "-o", database)
    assert finished.code == 1 and "SQLite database" in finished.err and database.read_bytes() == before
    finished = exp("export", "e-night", "-o", "/dev/full")
    assert finished.code == 1 and "/dev/full: the output is not complete" in finished.err and "No space left" in finished.err


def test_export_to_full_disk_and_closed_pipe(binary: str, database: pathlib.Path, tmp_path: pathlib.Path) -> None:
    command = [binary, "exp", "export", "e-night"]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(command, cwd=tmp_path, env=plain_environment(), stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=PATIENCE, check=False)
    assert done.returncode == 1 and "stdout: the output is not complete" in done.stderr
    connection = sqlite3.connect(database)
    with connection:
        connection.executemany("INSERT INTO events VALUES ('e-night', ?, 'n', ?)", ((float(i), "x" * 100) for i in range(20000)))
    connection.close()
    done = subprocess.run(f"set -o pipefail; '{binary}' exp export e-night --table events | head -n 2", shell=True,
                          executable="/bin/bash", cwd=tmp_path, env=plain_environment(), capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    assert done.returncode == 0 and done.stderr == "" and len(done.stdout.splitlines()) == 2


def test_remove(exp, database: pathlib.Path) -> None:
    finished = exp("rm", "e-night")
    assert finished.code == 2 and "--yes" in finished.err and rows_left(database, "e-night") == 9
    finished = exp("rm", "--yes", "e-night", "nosuch")
    assert finished.code == 1 and "there is no experiment 'nosuch'" in finished.err and rows_left(database, "e-night") == 9
    assert good(exp("rm", "--yes", "e-night", "e-night")) == " removed e-night (night, FAILED, 3 traces)\n"
    assert rows_left(database, "e-night") == 0
    assert len(json.loads(good(exp("ls", "--json")))["experiments"]) == 1


@pytest.mark.parametrize("answer, code, left", [(b"n\n", 105, 9), (b"\n", 105, 9), (b"\x04", 105, 9), (b"y\n", 0, 0)])
def test_remove_asks_on_a_terminal(binary: str, database: pathlib.Path, answer: bytes, code: int, left: int) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([binary, "exp", "rm", "e-night"], cwd=database.parent, env=plain_environment(), stdin=theirs,
                               stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 1000)
    os.write(ours, answer)
    assert process.wait(PATIENCE) == code
    os.close(ours)
    assert b"e-night (night, FAILED, 3 traces)" in shown and rows_left(database, "e-night") == left


def test_what_is_not_there(exp, database: pathlib.Path, tmp_path: pathlib.Path) -> None:
    finished = exp("show", "e-nigth")
    assert finished.code == 1 and finished.err == "galileo: exp: there is no experiment 'e-nigth'; nearest is e-night\n"
    away = tmp_path / "away.sqlite"
    for arguments in (["ls"], ["show", "x"], ["rm", "-y", "x"], ["export", "x"]):
        finished = exp(*arguments, galileo_expdb_sqlite_path=str(away))
        assert finished.code == 1 and str(away) in finished.err and not away.exists(), finished


def test_empty_database(exp, database: pathlib.Path) -> None:
    ids = [one["id"] for one in json.loads(good(exp("ls", "--json")))["experiments"]]
    good(exp("rm", "--yes", *ids))
    assert good(exp("ls")) == " the database has no experiments\n"
    assert json.loads(good(exp("ls", "--json"))) == {"experiments": []}
