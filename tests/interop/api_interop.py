"""REST API and `galileo app` between the original's parts and ours (contract 3, 6, 8; 11.18, 11.20)."""

import ast
import io
import pathlib
import urllib.request
import zipfile
from typing import Callable, Iterator

import pytest
from api_kit import Api
from harness import wait_until

from apps_interop import FILES, requests_of
from original_api import OriginalApi


@pytest.fixture
def counting(tmp_path: pathlib.Path) -> pathlib.Path:
    """The directory of an app, as somebody who wrote it for the original has it."""
    folder = tmp_path / "source" / "counting"
    for name, text in {**FILES, "manifest.yml": "name: counting\nversion: 3\n"}.items():
        path = folder / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(text)
    return folder


@pytest.fixture
def original(tmp_path: pathlib.Path) -> Iterator[OriginalApi]:
    server = OriginalApi(tmp_path / "original-repo")
    yield server
    server.stop()


@pytest.fixture
def ours(make_cluster: Callable) -> Iterator[tuple]:
    """A cluster without workers, and our API on it."""
    cluster = make_cluster()
    api = Api(cluster.program, cluster.server)
    yield cluster, api
    assert api.stop().code == 0


SHOWN = {"name": "counting", "manifest": {"name": "counting", "version": 3}}


def deploy_list_remove(program, url: str, counting: pathlib.Path) -> None:
    env = {"galileo_api_url": url}
    deployed = program.run("app", "deploy", "--path", counting, env=env)
    assert (deployed.code, deployed.err) == (0, "")
    first, second = deployed.out.splitlines()
    assert first == "Manifest OK: counting" and ast.literal_eval(second) == SHOWN and second == repr(SHOWN)
    assert program.run("app", "ls", env=env).out == repr(SHOWN) + "\n"
    assert program.run("app", "rm", "counting", env=env).out == "deleted counting\n"
    again = program.run("app", "rm", "counting", env=env)
    assert (again.code, again.out) == (1, "did not delete counting\n")
    assert program.run("app", "ls", env=env).out == ""


def test_our_command_and_both_apis(ours: tuple, original: OriginalApi, counting: pathlib.Path) -> None:
    cluster, api = ours
    for url in (api.url, original.url + "/api"):
        deploy_list_remove(cluster.program, url, counting)


def test_what_our_command_sends(ours: tuple, original: OriginalApi, counting: pathlib.Path) -> None:
    """No Content-Type; deflated; relative names, an entry for each directory (contract 3, 6)."""
    cluster, _ = ours
    assert cluster.program.run("app", "deploy", "--path", counting, env={"galileo_api_url": original.url + "/api"}).code == 0
    ((kind, archive),) = original.uploads
    assert kind is None
    with zipfile.ZipFile(io.BytesIO(archive)) as reader:
        assert sorted(reader.namelist()) == sorted(FILES)
        assert reader.testzip() is None
        assert {one.compress_type for one in reader.infolist() if one.file_size} == {zipfile.ZIP_DEFLATED}
        assert reader.read("sub/data.txt").decode() == FILES["sub/data.txt"]
    (cluster.program.directory / "bad.zip").write_bytes(b"no zip")
    refused = cluster.program.run("app", "deploy", "--path", "bad.zip", env={"galileo_api_url": original.url + "/api"})
    assert refused.code == 1 and "File is not a zip file" in refused.out


def test_an_upload_of_the_original(ours: tuple) -> None:
    """python-requests' `post(url, data=bytes)`: no Content-Type, the answer as JSON."""
    _, api = ours
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, text in FILES.items():
            writer.writestr(name, text)
    answer = api.call("POST", "/api/apps", archive.getvalue())
    assert (answer.status, answer.json()["name"]) == (201, "counting")
    assert api.call("DELETE", "/api/apps/counting").json() is True


def test_the_originals_worker_loads_an_app_from_our_repository(ours: tuple, counting: pathlib.Path, echo, tmp_path: pathlib.Path) -> None:
    cluster, api = ours
    assert cluster.program.run("app", "deploy", "--path", counting, env={"galileo_api_url": api.url}).code == 0
    cluster.original_worker("py1", env={"galileo_apps_repository": api.url.removesuffix("/api"),
                                        "galileo_apps_dir": str(tmp_path / "apps")})
    assert api.get("/api/worker").json() == ["py1"]
    parameters = {"size": "small"}
    (client,) = cluster.bus.spawn("py1", "echo", client="counting", parameters=parameters)
    wait_until(lambda: cluster.redis.pubsub_numsub("__eventbus:global:Client.get_info")[0][1] == 1, "the client")
    cluster.bus.workload(client, 10, "constant", [0.02])
    wait_until(lambda: echo.count() == 10, "ten requests")
    requests = echo.requests
    expected = requests_of(tmp_path / "apps", "counting", parameters, 10)
    assert [path for path, *_ in requests] == [path for _, path, _ in expected]
    assert (tmp_path / "apps" / "counting" / "empty").is_dir()


def test_our_worker_loads_what_our_command_has_deployed_to_either(ours: tuple, original: OriginalApi, counting: pathlib.Path, echo,
                                                                  tmp_path: pathlib.Path) -> None:
    cluster, api = ours
    for number, url in enumerate((api.url, original.url + "/api")):
        assert cluster.program.run("app", "deploy", "--path", counting, env={"galileo_api_url": url}).code == 0
        name = f"w{number}"
        cluster.worker(name, env={"galileo_apps_repository": url.removesuffix("/api"), "galileo_apps_dir": str(tmp_path / name)})
        (client,) = cluster.bus.spawn(name, "echo", client="counting")
        echo.requests.clear()
        cluster.bus.workload(client, 4)
        wait_until(lambda: echo.count() == 4, "the requests")
        assert [path for path, *_ in echo.requests] == ["/two/1",
                                                        "/%C3%BCnicode/2", "/counting/3", "/two/4"]


def test_one_directory_for_both_apis(ours: tuple, original: OriginalApi, counting: pathlib.Path) -> None:
    """An archive that one of them has written is read by the other."""
    cluster, api = ours
    env = {"galileo_api_url": original.url + "/api"}
    assert cluster.program.run("app", "deploy", "--path", counting, env=env).code == 0
    api.repository.mkdir()
    (api.repository / "counting.zip").write_bytes((original.directory / "counting.zip").read_bytes())
    assert api.get("/api/apps").json() == [SHOWN]
    with urllib.request.urlopen(api.url + "/apps/counting/download") as answer:
        assert answer.read() == original.uploads[0][1]
