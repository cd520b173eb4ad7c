"""How the original's worker finds and executes a client app, written from the contract (section 3) alone; nothing of ours.

The local directory first; when there is no `manifest.yml` with a `name`, the repository: info, download, unzip, and again.
"""

import io
import json
import os
import pathlib
import types
import urllib.error
import urllib.request
import zipfile
from typing import Callable, Optional


def manifest_of(directory: pathlib.Path) -> Optional[dict]:
    """Plain `key: value` lines, which is what these tests write; PyYAML need not be installed."""
    path = directory / "manifest.yml"
    if not path.exists():
        return None
    pairs = (line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
    return {key.strip(): int(value) if value.strip().isdigit() else value.strip() for key, value in pairs}


def download(repository: str, directory: pathlib.Path, name: str) -> None:
    url = f"{repository}/api/apps/{name}"
    try:
        with urllib.request.urlopen(url) as answer:
            info = json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise ValueError(f"No app with name {name} found") from None
        raise
    if info["name"] != name:
        raise ValueError(f"asked for {name}, got {info}")
    with urllib.request.urlopen(url + "/download") as answer:
        archive = answer.read()
    (directory / name).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as reader:
        reader.extractall(directory / name)


def load(name: str, parameters: Optional[dict]) -> Callable[[], tuple]:
    """The app's `next_request`."""
    directory = pathlib.Path(os.environ.get("galileo_apps_dir", "./apps"))
    repository = os.environ.get("galileo_apps_repository", "http://localhost:5001")
    manifest = manifest_of(directory / name)
    if manifest is None or "name" not in manifest:
        download(repository, directory, name)
        manifest = manifest_of(directory / name)
    module = types.ModuleType(f"galileo.clients.{name}")
    module.context = types.SimpleNamespace(  # type: ignore[attr-defined]
        name=name, path=str((directory / name).absolute()), manifest=manifest, parameters=parameters or {})
    exec((directory / name / "generator.py").read_text(), module.__dict__)
    return module.next_request  # type: ignore[attr-defined,no-any-return]
