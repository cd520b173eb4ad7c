"""The image classification service, its client app, and the experiment with both."""

import http.client
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
from typing import Iterator, NamedTuple, Optional

import pytest
from harness import PATIENCE, Program

import digits

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "image-classification"
IMAGES = EXAMPLE / "apps" / "image-classification" / "images"


class Service(NamedTuple):
    port: int
    management_port: int

    def ask(self, method: str, path: str, body: Optional[bytes] = None, *, management: bool = False) -> tuple[int, object]:
        connection = http.client.HTTPConnection("127.0.0.1", self.management_port if management else self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            assert answer.getheader("Content-Type") == "application/json"
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    process = subprocess.Popen([sys.executable, "-B", str(EXAMPLE / "service.py"), "--port", "0", "--management-port", "0"],
                               stdout=subprocess.PIPE, text=True)
    yield Service(*[int(process.stdout.readline().rsplit(":", 1)[1]) for _ in range(2)])
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    process.stdout.close()


def held_out() -> list[tuple[str, bytes]]:
    lines = (EXAMPLE / "held_out.txt").read_text().splitlines()
    return [(line[0], digits.to_pgm([digits.SHADES.index(letter) for letter in line[2:]])) for line in lines]


@pytest.mark.parametrize("model", ["mlp", "softmax"])
def test_reads_digits_that_it_never_saw(service, model):
    images = held_out()
    assert len(images) == 300
    right = 0
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
    for label, image in images:
        connection.request("POST", f"/predictions/{model}", image)
        right += json.loads(connection.getresponse().read())[0]["class"] == label
    connection.close()
    assert right >= 0.95 * len(images)


def test_answers_as_the_model_server_does(service):
    assert service.ask("GET", "/ping") == (200, {"health": "healthy!"})
    status, top = service.ask("POST", "/predictions/mlp", (IMAGES / "7.pgm").read_bytes())
    assert status == 200 and len(top) == 5 and top[0]["class"] == "7"
    probabilities = [one["probability"] for one in top]
    assert probabilities == sorted(probabilities, reverse=True) and 0.5 < sum(probabilities) <= 1.000001
    assert service.ask("GET", "/models", management=True) == (200, {"models": [
        {"modelName": "mlp", "modelUrl": "mlp.json"}, {"modelName": "softmax", "modelUrl": "softmax.json"}]})
    status, about = service.ask("GET", "/models/softmax", management=True)
    assert status == 200 and about["modelName"] == "softmax"


@pytest.mark.parametrize("method, path, body, status", [
    ("POST", "/predictions/nosuch", b"", 404), ("GET", "/predictions/mlp", None, 405), ("GET", "/models", None, 404),
    ("POST", "/predictions/mlp", b"", 400), ("POST", "/predictions/mlp", b"\xff\xd8\xff\xe0 a JPEG", 400),
    ("POST", "/predictions/mlp", b"P5 9 9 255\n" + bytes(81), 400), ("POST", "/predictions/mlp", b"P5 8 8 255\n" + bytes(63), 400),
    ("POST", "/predictions/mlp", b"P5 99999 99999 255\n", 400), ("POST", "/predictions/mlp", b"P2 8 8 16 " + b"x " * 64, 400),
    ("POST", "/predictions/mlp", b"P2 8 8 0 " + b"0 " * 64, 400), ("POST", "/predictions/mlp", bytes(6_553_501), 413)])
def test_says_what_is_wrong(service, method, path, body, status):
    try:
        given, problem = service.ask(method, path, body)
    except (BrokenPipeError, ConnectionResetError):  # it does not wait for the end of a body that is too large
        assert status == 413
    else:
        assert given == status == problem["code"] and problem["type"] and problem["message"]
    assert service.ask("GET", "/ping")[0] == 200


def test_reads_images_in_other_forms(service):
    shades = [digits.SHADES.index(letter) for letter in (EXAMPLE / "held_out.txt").read_text().splitlines()[0][2:]]
    large = service.ask("POST", "/predictions/mlp", digits.to_pgm(shades))[1]
    text = "P2\n# a comment\n8 8\n16\n" + " ".join(map(str, shades))
    small = service.ask("POST", "/predictions/mlp", text.encode())[1]
    assert small[0]["class"] == large[0]["class"]
    assert small[0]["probability"] == pytest.approx(large[0]["probability"], abs=0.02)


def test_the_experiment_of_the_readme(service, tmp_path):
    spec = (EXAMPLE / "experiment.yml").read_text()
    assert "127.0.0.1:8080" in spec
    (tmp_path / "experiment.yml").write_text(spec.replace("127.0.0.1:8080", f"127.0.0.1:{service.port}").replace("10s", "1s").replace(
        "duration: 20s", "duration: 2s"))
    finished = Program(os.environ["GALILEO_BINARY"], tmp_path).run(
        "run", "experiment.yml", "--progress", "none", "--summary", "json", "--db", "db.sqlite",
        env={"galileo_apps_dir": str(EXAMPLE / "apps")}, patience=60)
    assert finished.code in (0, 110), finished.err  # 110: a busy machine
    summary = json.loads(finished.out)
    assert summary["sent"] == summary["stored"] == 400
    with sqlite3.connect(tmp_path / "db.sqlite") as database:
        answers = [(status, response) for status, response in database.execute("SELECT STATUS, RESPONSE FROM traces")]
    assert {status for status, _ in answers} == {200}
    classes = {json.loads(response)[0]["class"] for _, response in answers if response}
    assert classes in (set(), set("0123456789"))  # the database may be told to keep no answers
