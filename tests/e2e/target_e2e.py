"""galileo target: each option, as a client sees it."""

import concurrent.futures
import gzip
import http.client
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from typing import Callable

import pytest

from harness import PATIENCE, Program, Target, wait_until

Start = Callable[..., Target]


def connection(target: Target) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE)


def get(target: Target, path: str = "/", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    asking = connection(target)
    asking.request("GET", path, headers=headers)
    answer = asking.getresponse()
    body = answer.read()
    asking.close()
    return answer, body


def raw(target: Target, request: bytes) -> bytes:
    """All that comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE) as plain:
        plain.sendall(request)
        received = b""
        while part := plain.recv(65536):
            received += part
        return received


def test_prints_its_address_and_counts(target: Start) -> None:
    running = target()
    assert running.url.startswith("http://127.0.0.1:")
    for _ in range(3):
        answer, body = get(running)
        assert answer.status == 200 and len(body) == 64
    assert running.stats()["requests"] == 3
    last = running.stop()
    assert last["requests"] == 3 and last["statuses"] == {"200": 3} and last["connections_open"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_at_a_signal_with_a_request_in_progress(target: Start, number: int) -> None:
    running = target("--latency", "1h")
    with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
        wait_until(lambda: running.stats()["requests"] == 1, "the request")
        assert running.stop(number)["answered"] == 0


def test_given_port_and_address(galileo: Program, target: Start) -> None:
    first = target()
    port = first.port
    first.stop()
    second = target("--port", port)
    assert second.port == port
    finished = galileo.run("target", "--port", port)
    assert finished.code == 1
    assert finished.err.startswith(f"galileo: target: listening on 127.0.0.1:{port}: ")


def test_address_of_ipv6(target: Start) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
    running = target("--bind", "::1")
    assert running.url.startswith("http://[::1]:")
    assert running.stats()["connections_open"] == 1


def test_latency(target: Start) -> None:
    running = target("--latency", "80ms..120ms")
    begin = time.monotonic()
    get(running)
    assert time.monotonic() - begin >= 0.079


def test_status_mix_by_seed(target: Start) -> None:
    def statuses(seed: int) -> list[int]:
        running = target("--status", "200=2,404=1,503=1", "--seed", seed)
        seen = [get(running)[0].status for _ in range(40)]
        assert sum(running.stop()["statuses"].values()) == 40
        return seen

    assert statuses(1) == statuses(1)
    assert set(statuses(1)) == {200, 404, 503}
    assert statuses(1) != statuses(2)


def test_size_chunked_and_gzip(target: Start) -> None:
    running = target("--size", "10KiB", "--chunked", "--gzip")
    answer, body = get(running)
    assert answer.getheader("Transfer-Encoding") == "chunked" and len(body) == 10240
    answer, packed = get(running, **{"Accept-Encoding": "gzip"})
    assert answer.getheader("Content-Encoding") == "gzip"
    assert gzip.decompress(packed) == body and len(packed) < 1000


def test_echo(target: Start) -> None:
    running = target("--echo")
    body = os.urandom(100_000)
    request = urllib.request.Request(running.url + "/x", data=body, headers={"Content-Type": "application/x-test"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.read() == body
        assert answer.headers["Content-Type"] == "application/x-test"
    assert running.stop()["body_bytes_received"] == 100_000


def test_largest_request(target: Start) -> None:
    running = target("--max-request", "1KiB")
    assert raw(running, b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1025\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_keep_alive_and_without(target: Start) -> None:
    kept = target()
    asking = connection(kept)
    for _ in range(3):
        asking.request("GET", "/")
        asking.getresponse().read()
    asking.close()
    assert kept.stop()["connections_accepted"] == 1
    assert b"Connection: close\r\n" in raw(target("--no-keepalive"), b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")


def test_idle_timeout(target: Start) -> None:
    assert raw(target("--idle-timeout", "50ms"), b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_faults(target: Start) -> None:
    cut = raw(target("--close", "100%"), b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    assert cut.startswith(b"HTTP/1.1 200 ") and len(cut.split(b"\r\n\r\n", 1)[1]) == 32
    assert not raw(target("--junk", "1"), b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").startswith(b"HTTP")
    with pytest.raises(ConnectionResetError):
        raw(target("--reset", "100%"), b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")


def test_connection_cap_leaves_the_rest_waiting(target: Start) -> None:
    running = target("--max-connections", "4", "--latency", "50ms")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: get(running)[0].status, range(24)))
    assert answers == [200] * 24
    last = running.stop()
    assert last["connections_max"] <= 4 and last["connections_accepted"] == 24


def test_freeze_counts_from_the_first_request(target: Start) -> None:
    running = target("--freeze", "600ms@200ms")
    asking = connection(running)
    begin = time.monotonic()
    gaps = []
    while time.monotonic() - begin < 1.2:
        sent = time.monotonic()
        asking.request("GET", "/")
        asking.getresponse().read()
        gaps.append(time.monotonic() - sent)
    asking.close()
    assert max(gaps) >= 0.3, "one answer waits for the end of the freeze"
    assert len(gaps) > 2, "before and after it answers come"


def test_threads(target: Start) -> None:
    running = target("--threads", "3")
    assert [get(running)[0].status for _ in range(9)] == [200] * 9
    assert running.stop()["requests"] == 9


def test_tls(galileo: Program, target: Start, tmp_path: pathlib.Path) -> None:
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=target", "-addext",
                           "subjectAltName=IP:127.0.0.1"], cwd=tmp_path, capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    running = target("--cert", "cert.pem", "--key", "key.pem")
    assert running.url.startswith("https://127.0.0.1:")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with urllib.request.urlopen(running.url, timeout=PATIENCE, context=trusting) as answer:
        assert answer.status == 200
    running.stop()
    alone = galileo.run("target", "--cert", "cert.pem")
    assert alone.code == 2 and "both a certificate and its key" in alone.err
    wrong = galileo.run("target", "--cert", "key.pem", "--key", "cert.pem")
    assert wrong.code == 2 and "pem" in wrong.err


def test_log(target: Start, tmp_path: pathlib.Path) -> None:
    running = target("--log", "requests.log", "--status", "503")
    before = time.time()
    get(running, "/a?b=c")
    get(running, "/_stats")
    running.stop()
    lines = (tmp_path / "requests.log").read_text().splitlines()
    assert len(lines) == 1, "the statistics page is not a request"
    arrival, number, method, path, status, size = lines[0].split()
    assert before - 0.1 <= float(arrival) <= time.time() + 0.1
    assert (number, method, path, status, size) == ("1", "GET", "/a?b=c", "503", "0")
