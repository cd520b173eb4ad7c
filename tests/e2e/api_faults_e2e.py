"""The REST API against bad input: floods, slow clients, archives that mean harm."""

import io
import json
import pathlib
import random
import socket
import threading
import time
import zipfile

from api_kit import Api, app, experiment, packed
from harness import Program, RedisServer


def refusal(api: Api, archive: bytes) -> str:
    answer = api.call("POST", "/api/apps", archive)
    assert answer.status == 400 and answer.headers["access-control-allow-origin"] == "*", answer
    said = answer.json()
    assert isinstance(said, dict) and said["title"] == "Error processing upload"
    return said["description"]


def files_below(path: pathlib.Path) -> set[str]:
    return {str(found.relative_to(path)) for found in path.rglob("*")}


def test_archives_that_mean_harm(api: Api, tmp_path: pathlib.Path) -> None:
    before = files_below(tmp_path)
    manifest = {"manifest.yml": "name: good\n"}
    assert "not a readable zip archive" in refusal(api, b"no zip")
    assert "not a readable zip archive" in refusal(api, b"")
    assert "manifest.yml" in refusal(api, packed({"readme": "x"}))
    assert "manifest.yml" in refusal(api, packed({"sub/manifest.yml": "name: x\n"}))
    assert "no `name`" in refusal(api, packed({"manifest.yml": "version: 1\n"}))
    for name in ("../evil", "/etc/evil", "a/../../evil", "..\\evil", "a\x01b"):
        refusal(api, packed({**manifest, name: "x"}))
    for name in ("../evil", "a/b", ".hidden", "", "x" * 101, "a b", "%2e%2e", "ünicode"):
        refusal(api, packed({"manifest.yml": json.dumps({"name": name})}))
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("manifest.yml", "name: good\n")
        writer.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(api, archive.getvalue())
    assert "larger than allowed when unpacked" in refusal(api, packed({**manifest, "bomb": b"\0" * 30_000_000}))
    assert "entries" in refusal(api, packed({**manifest, **{f"f{number}": "" for number in range(10_001)}}))
    assert "1048576" in refusal(api, packed({"manifest.yml": "name: good\n#" + "x" * 2_000_000}))
    good = app("good")
    for cut in range(1, len(good), 7):
        answer = api.call("POST", "/api/apps", good[:cut])
        assert answer.status == 400
    assert files_below(tmp_path) == before, "nothing is written, neither here nor there"


def test_names_that_lead_elsewhere(api: Api, tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret.zip").write_bytes(app("secret"))
    api.repository.mkdir()
    for name in ("..%2fsecret", "%2e%2e%2fsecret", "..", "%2e%2e", "..%5csecret", "%00", "secret%00", "a" * 5000):
        assert api.get(f"/api/apps/{name}").status == 404
        assert api.get(f"/api/apps/{name}/download").status == 404
        assert api.call("DELETE", f"/api/apps/{name}").body in (b"false", b"")
    assert (tmp_path / "secret.zip").exists()


def test_too_large(api: Api, server: RedisServer) -> None:
    server.client.sadd("galileo:workers", "w1")
    before = api.memory_kib()
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\n"
    for path, limit in ((b"/api/experiments", 1_048_576), (b"/api/apps", 64 * 1024 * 1024), (b"/api/worker", 0)):
        status = b"405" if path == b"/api/worker" else b"413"
        answer = api.raw(head % path + b"Content-Length: %d\r\n\r\n" % (limit + 1))
        assert answer.startswith(b"HTTP/1.1 " + status), answer
    flood = b"%x\r\n" % 65536 + b"x" * 65536 + b"\r\n"
    answer = api.raw(head % b"/api/experiments" + b"Transfer-Encoding: chunked\r\n\r\n" + flood * 1600)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413")  # 100 MB: the answer may be lost on the way
    assert api.raw(b"GET /api HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000).startswith(b"HTTP/1.1 431")
    assert api.memory_kib("VmHWM") < before + 40_000


def test_large_uploads_wait_their_turn(api: Api) -> None:
    """So many at a time are read; memory has a limit."""
    head = b"POST /api/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n"
    held = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(4)]
    try:
        for one in held:
            one.sendall(head)
        time.sleep(0.3)
        answer = api.raw(head)
        assert answer.startswith(b"HTTP/1.1 503") and b"retry-after: 5" in answer
        assert api.call("POST", "/api/apps", app("small")).status in (201, 503)
    finally:
        for one in held:
            one.close()
    big = packed({"manifest.yml": "name: big\n", "data": random.Random(1).randbytes(20_000_000)})
    assert api.call("POST", "/api/apps", big).status == 201
    assert api.get("/api/apps/big/download").body == big


def test_garbage(api: Api) -> None:
    draw = random.Random(20261125)
    good = b"POST /api/experiments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    samples = [b"\0" * 1000, b"\r\n" * 500, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
               b"GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET /api HTTP/1.1\r\n\r\n"]
    for _ in range(300):
        changed = bytearray(good)
        for _ in range(draw.randint(1, 8)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        samples.append(bytes(changed[:draw.randint(1, len(changed))]))
    threads = [threading.Thread(target=lambda part=part: [send_and_close(api, data) for data in part])
               for part in (samples[number::8] for number in range(8))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send_and_close(api: Api, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        try:
            while wire.recv(65536):
                pass
        except ConnectionResetError:
            pass


def test_slow_clients_hold_nobody_up(api: Api) -> None:
    """Heads that never end: others are served meanwhile, and the slow ones are closed after 10 s."""
    slow = [socket.create_connection(("127.0.0.1", api.port), timeout=30) for _ in range(200)]
    begin = time.monotonic()
    for one in slow:
        one.sendall(b"GET /api HTTP/1.1\r\nHost: loc")
    closed = 0
    while closed < len(slow) and time.monotonic() - begin < 20:
        assert api.get("/api").status == 200
        for one in slow[closed:closed + 5]:
            try:
                one.sendall(b"a")
            except OSError:
                pass
        if time.monotonic() - begin > 9:
            assert slow[closed].recv(10) == b""
            closed += 1
        else:
            time.sleep(0.2)
    for one in slow:
        one.close()
    assert closed == len(slow) and 9 < time.monotonic() - begin < 20


def test_readers_that_do_not_read(api: Api) -> None:
    big = packed({"manifest.yml": "name: big\n", "data": random.Random(2).randbytes(20_000_000)})
    assert api.call("POST", "/api/apps", big).status == 201
    before = api.memory_kib()
    stuck = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(50)]
    for one in stuck:
        one.sendall(b"GET /api/apps/big/download HTTP/1.1\r\nHost: localhost\r\n\r\n")
    time.sleep(1)
    assert api.get("/api/apps/big").status == 200
    assert api.memory_kib() < before + 30_000, "files are sent piece by piece"
    for one in stuck:
        one.close()


def test_it_ends_while_clients_hang(galileo: Program, server: RedisServer) -> None:
    api = Api(galileo, server)
    hanging = [socket.create_connection(("127.0.0.1", api.port)) for _ in range(20)]
    for number, one in enumerate(hanging):
        one.sendall(b"POST /api/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"[:number * 5])
    time.sleep(0.2)
    begin = time.monotonic()
    assert api.stop().code == 0
    assert time.monotonic() - begin < 3, "only answers in progress are waited for"
    for one in hanging:
        one.close()


def test_many_uploads_of_one_app_at_the_same_time(api: Api) -> None:
    archives = {app("same", version=number) for number in range(8)}
    threads = [threading.Thread(target=lambda data=data: api.call("POST", "/api/apps", data)) for data in archives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api.get("/api/apps/same/download").body in archives
    assert [path.name for path in api.repository.iterdir()] == ["same.zip"]


def test_statuses_are_stable_under_queueing_floods(api: Api, server: RedisServer) -> None:
    server.client.sadd("galileo:workers", "w1")
    answers: list[int] = []

    def flood() -> None:
        for _ in range(25):
            answers.append(api.post("/api/experiments", experiment()).status)

    threads = [threading.Thread(target=flood) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = api.get("/api/experiments").json()
    assert isinstance(rows, list)
    # Four random digits a minute are few: an id that is taken is made anew.
    assert answers == [200] * 200 and len({row["id"] for row in rows}) == 200
    assert server.client.llen("__eventbus:global:galileo:experiments:queue") == 200
