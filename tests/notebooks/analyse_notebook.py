"""The example notebook, executed by Jupyter, on a database that a run made."""

import base64
import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess

import pytest
from harness import plain_environment
from run_kit import run

from conftest import PACKAGE

NOTEBOOK = pathlib.Path(__file__).parents[2] / "examples" / "notebooks" / "analyse.ipynb"


@pytest.fixture
def recorded(galileo, target, tmp_path) -> pathlib.Path:
    """Two seconds; of the hosts and events, which a run alone does not record, what a telemetry daemon would say."""
    service = target("--latency", "lognormal:5ms,3ms", "--status", "200=90,503=10")
    run(galileo, "--url", service.url + "/", "--rate", 100, "--duration", "2s", "--name", "checkout", "--db", "run.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "run.sqlite")) as database, database:
        ((exp_id, start),) = database.execute("SELECT EXP_ID, START FROM experiments").fetchall()
        for tenth in range(20):
            for node in ("n1", "n2"):
                database.execute("INSERT INTO telemetry VALUES (?, ?, 'cpu', NULL, ?, ?)", (exp_id, start + tenth / 10, node, 3.0 * tenth))
        database.execute("INSERT INTO events VALUES (?, ?, 'pod/create', '{}')", (exp_id, start + 1))
    return tmp_path / "run.sqlite"


def execute(notebook: pathlib.Path, database: pathlib.Path) -> list[dict]:
    """The outputs of all cells, in order."""
    environment = plain_environment({"PYTHONPATH": str(PACKAGE), "galileo_expdb_sqlite_path": str(database), "PYDEVD_DISABLE_FILE_VALIDATION": "1",
                                     "HOME": str(database.parent), "MPLBACKEND": "module://matplotlib_inline.backend_inline"})
    # Debian's own Jupyter and kernel, whatever else stands on the PATH.
    environment["PATH"] = os.pathsep.join(["/usr/bin", environment.get("PATH", "")])
    done = subprocess.run(["/usr/bin/python3", "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", str(notebook)], env=environment,
                          cwd=database.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [output for cell in json.loads(done.stdout)["cells"] for output in cell.get("outputs", [])]


def sqlite_count(database: pathlib.Path, condition: str) -> int:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(f"SELECT COUNT(*) FROM traces WHERE {condition}").fetchone()[0]


def pictures(outputs: list[dict]) -> list[bytes]:
    return [base64.b64decode(output["data"]["image/png"]) for output in outputs if "image/png" in output.get("data", {})]


def said(outputs: list[dict]) -> str:
    return "".join("".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", "")) for output in outputs)


def test_shows_what_was_recorded(recorded):
    outputs = execute(NOTEBOOK, recorded)
    assert [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"] == []
    assert "checkout: FINISHED, 200 traces, 1 events, 40 samples of telemetry" in said(outputs)
    assert "requests  failed" in said(outputs) and "127.0.0.1:" in said(outputs)
    images = pictures(outputs)
    assert len(images) == 3 and all(image.startswith(b"\x89PNG") and len(image) > 8_000 for image in images)


def test_without_telemetry_and_events(recorded, monkeypatch, capsys):
    """What `galileo run` records by itself. Run here: a second Jupyter would cost five seconds more."""
    with contextlib.closing(sqlite3.connect(recorded)) as database, database:
        database.execute("DELETE FROM telemetry")
        database.execute("DELETE FROM events")
    monkeypatch.setenv("galileo_expdb_sqlite_path", str(recorded))
    monkeypatch.setenv("MPLBACKEND", "agg")
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    code = "\n".join("".join(cell["source"]) for cell in cells).replace("%matplotlib inline", "").replace("plt.show()", "shown.append(figure)")
    shown: list = []
    exec(compile(code, "analyse.ipynb", "exec"), {"shown": shown})
    assert "No telemetry 'cpu' was recorded; there is: none at all." in capsys.readouterr().out and len(shown) == 2
    legend = {text.get_text(): handle for ax in shown[0].axes for text, handle in zip(ax.get_legend().get_texts(), ax.get_legend_handles_labels()[0])}
    failed = sum(bar.get_height() for bar in legend["status 503"]) * 0.1  # of windows of 0.1 s
    assert 0 < round(failed) == sqlite_count(recorded, "STATUS = 503")


def test_outputs_are_not_committed():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == [] and NOTEBOOK.stat().st_size < 20_000
