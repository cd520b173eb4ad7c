"""`galileo app` against `galileo api`, and workers that load what was deployed."""

import json
import pathlib

import pytest

from api_kit import Api, app, packed
from apps_kit import AppWorker, recorder
from harness import Program, RedisServer, wait_until

GENERATOR = "def next_request():\n    return 'get', '/%s/%s' % (context.name, context.manifest['version']), None\n"


@pytest.fixture
def greeter(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "greeter"
    (folder / "sub" / "empty").mkdir(parents=True)
    (folder / "manifest.yml").write_text("name: greeter\nversion: 1\ntested: true\nnothing:\n")
    (folder / "generator.py").write_text(GENERATOR)
    (folder / "sub" / "data.txt").write_text("it's\n")
    return folder


def test_deploy_list_remove(galileo: Program, api: Api, greeter: pathlib.Path) -> None:
    env = {"galileo_api_url": api.url}
    shown = "{'name': 'greeter', 'manifest': {'name': 'greeter', 'version': 1, 'tested': True, 'nothing': None}}\n"
    assert galileo.run("app", "ls", env=env) == (0, "", "")
    assert galileo.run("app", "deploy", "--path", greeter, env=env) == (0, "Manifest OK: greeter\n" + shown, "")
    assert galileo.run("--debug", "app", "ls", env=env)[:2] == (0, "Debug mode is on\n" + shown)
    assert galileo.run("--no-debug", "app", "ls", env=env) == (0, shown, "")
    (galileo.directory / "other.zip").write_bytes(app("other"))
    assert galileo.run("app", "deploy", "--path", "other.zip", env=env) == (0, "{'name': 'other', 'manifest': {'name': 'other'}}\n", "")
    assert galileo.run("app", "rm", "greeter", env=env) == (0, "deleted greeter\n", "")
    assert galileo.run("app", "rm", "greeter", env=env) == (1, "did not delete greeter\n", "")
    assert galileo.run("app", "ls", "--api", api.url + "/").out == "{'name': 'other', 'manifest': {'name': 'other'}}\n"


def test_failures_have_exit_codes(galileo: Program, api: Api, greeter: pathlib.Path, tmp_path: pathlib.Path) -> None:
    env = {"galileo_api_url": api.url}
    assert galileo.run("app", "deploy", "--path", tmp_path, env=env) == (1, f"No manifest.yml found in {tmp_path}\n", "")
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    refused = galileo.run("app", "deploy", "--path", "bad.zip", env=env)
    assert refused.code == 1 and refused.out.startswith("{'title': 'Error processing upload', 'description': ")
    assert galileo.run("app", "deploy", "--path", "nosuch.zip", env=env).code == 1
    (greeter / "manifest.yml").write_text("version: 1\n")
    nameless = galileo.run("app", "deploy", "--path", greeter, env=env)
    assert nameless.code != 0 and "no `name`" in nameless.err
    (greeter / "manifest.yml").write_text("name: ../evil\n")
    assert galileo.run("app", "deploy", "--path", greeter, env=env).code == 2
    for action in (("ls",), ("rm", "x"), ("deploy", "--path", "bad.zip")):
        away = galileo.run("app", *action, env={"galileo_api_url": "http://127.0.0.1:1/api"})
        assert away.code == 1 and "no answer (refused)" in away.err
        assert galileo.run("app", *action, env={"galileo_api_url": api.url.removesuffix("/api")}).code == 1
    assert api.get("/api/apps").json() == []


def test_where_the_api_is(galileo: Program, api: Api, tmp_path: pathlib.Path) -> None:
    """The environment wins over the file; the original has it the other way round (contract 10.49)."""
    nowhere = "http://127.0.0.1:1/api"
    dot_file = tmp_path / ".galileo-cli"
    home = {"HOME": str(tmp_path)}
    dot_file.write_text(json.dumps({"api": api.url}))
    assert galileo.run("app", "ls", env=home).code == 0
    assert galileo.run("app", "ls", env={**home, "galileo_api_url": nowhere}).code == 1
    dot_file.write_text(json.dumps({"api": nowhere}))
    assert galileo.run("app", "ls", env=home).code == 1
    assert galileo.run("app", "ls", env={**home, "galileo_api_url": api.url}).code == 0
    assert galileo.run("app", "ls", "--api", api.url, env={**home, "galileo_api_url": nowhere}).code == 0
    for text in ("{", "[]", '{"api": 5}'):
        dot_file.write_text(text)
        wrong = galileo.run("app", "ls", env=home)
        assert wrong.code == 2 and ".galileo-cli" in wrong.err


def test_tokens(galileo: Program, server: RedisServer, greeter: pathlib.Path, tmp_path: pathlib.Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("# for all\nadmin 0123456789abcdef\n")
    api = Api(galileo, server, "--token-file", tokens)
    env = {"galileo_api_url": api.url}
    refused = galileo.run("app", "deploy", "--path", greeter, env=env)
    assert refused.code == 1 and "status 401" in refused.err and "galileo_api_token_file" in refused.err
    assert galileo.run("app", "deploy", "--path", greeter, env={**env, "galileo_api_token_file": str(tokens)}).code == 0
    with recorder() as (authority, seen):
        worker = AppWorker(galileo, server, tmp_path / "apps", {"galileo_apps_repository": api.url.removesuffix("/api"),
                                                                "galileo_api_token_file": str(tokens)})
        worker.route(authority)
        (client,) = worker.spawn("greeter")
        worker.request(client, 3)
        wait_until(lambda: len(seen) == 3, "the requests")
        assert "0123456789abcdef" not in json.dumps([worker.redis.hgetall("w1"), worker.log()])
        assert worker.stop() == 0
    assert api.stop().code == 0


def test_our_worker_loads_what_was_deployed(galileo: Program, server: RedisServer, api: Api, greeter: pathlib.Path,
                                            tmp_path: pathlib.Path) -> None:
    assert galileo.run("app", "deploy", "--path", greeter, env={"galileo_api_url": api.url}).code == 0
    (galileo.directory / "pages.zip").write_bytes(packed({"manifest.yml": "name: pages\nkind: feed\n", "requests.csv": "path\n/a\n/b\n"}))
    assert galileo.run("app", "deploy", "--path", "pages.zip", env={"galileo_api_url": api.url}).code == 0
    with recorder() as (authority, seen):
        worker = AppWorker(galileo, server, tmp_path / "apps", {"galileo_apps_repository": api.url.removesuffix("/api")})
        try:
            worker.route(authority)
            (client,) = worker.spawn("greeter")
            worker.request(client, 5)
            wait_until(lambda: len(seen) == 5, "the requests")
            assert {one.path for one in seen} == {"/greeter/1"}
            seen.clear()
            (client,) = worker.spawn("pages")
            worker.request(client, 4)
            wait_until(lambda: len(seen) == 4, "the requests")
            assert [one.path for one in seen] == ["/a", "/b", "/a", "/b"]
            assert (tmp_path / "apps/greeter/sub/empty").is_dir()
            assert worker.refusal("nosuch").args[1] == "No app with name nosuch found"
        finally:
            assert worker.stop() == 0
