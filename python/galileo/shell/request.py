"""One request from the shell's own process, for trying out."""

import base64
import importlib.util
import os
import pathlib
import types
from typing import Any, Callable, Dict, Optional, Tuple
from urllib.parse import urlsplit

from galileo.errors import InvalidInput, NotFound
from galileo.routing import RedisRoutingTable, WeightedRoundRobin

_HOST_ROUTERS = ("SymmetryHostRouter", "CachingSymmetryHostRouter")
_SERVICE_ROUTERS = ("SymmetryServiceRouter", "CachingSymmetryServiceRouter")


def send_request(routes: RedisRoutingTable, service: str, client: Optional[str], parameters: Optional[Dict[str, Any]],
                 router_type: str) -> Any:
    """Sends it and returns the requests.Response."""
    try:
        import requests
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("g.request needs the Python package requests; install python3-requests (Debian) or requests "
                                  "(pip)", name="requests") from error

    if router_type == "DebugRouter":
        return _debug_response(requests.Response(), (parameters or {}).get("path", "/"))
    method, path, kwargs = (_app(client, parameters)() if client else
                            ((parameters or {}).get("method", "get"), (parameters or {}).get("path", "/"),
                             (parameters or {}).get("kwargs")))
    return requests.request(method, _base_url(routes, service, router_type) + path, **_with_bytes(kwargs or {}))


def _with_bytes(value: Any) -> Any:
    """The value with bytes in the place of {"__bytes__": base64}, as clients read it."""
    if isinstance(value, dict):
        if list(value) == ["__bytes__"]:
            return base64.b64decode(value["__bytes__"])
        return {key: _with_bytes(one) for key, one in value.items()}
    return [_with_bytes(one) for one in value] if isinstance(value, list) else value


def _debug_response(response: Any, path: str) -> Any:
    response.status_code = 200
    response.url = f"http://debughost{path}"
    response._content = b""
    return response


def _base_url(routes: RedisRoutingTable, service: str, router_type: str) -> str:
    if router_type == "StaticRouter":
        return os.environ.get("galileo_router_static_host", "http://localhost")
    if router_type not in _HOST_ROUTERS + _SERVICE_ROUTERS:
        raise InvalidInput(f"Unknown router type {router_type}; there are StaticRouter, DebugRouter, "
                           + ", ".join(_HOST_ROUTERS + _SERVICE_ROUTERS))
    record = routes.record(service)
    if record is None:
        raise NotFound(f"No routing record found for service '{service}'; make one with rtbl.set('{service}', ['host:port'])")
    host = record.hosts[WeightedRoundRobin().next(record.weights)]
    base = host if urlsplit(host).scheme in ("http", "https") else f"http://{host}"
    return f"{base}/{service}" if router_type in _SERVICE_ROUTERS else base


def _app(name: str, parameters: Optional[Dict[str, Any]]) -> Callable[[], Tuple[str, str, Optional[Dict[str, Any]]]]:
    """next_request of a Python app in the local apps directory, which must have the package yaml for its manifest."""
    directory = pathlib.Path(os.environ.get("galileo_apps_dir", "./apps"), name).resolve()
    manifest = directory / "manifest.yml"
    if not manifest.is_file():
        raise NotFound(f"No app with name {name} found: {manifest} is not a file (galileo_apps_dir says where apps are)")
    import yaml

    if not (directory / "generator.py").is_file():
        raise InvalidInput(f"app {name} has no generator.py; g.request sends requests of Python apps only")
    module_spec = importlib.util.spec_from_file_location(f"galileo.clients.{name}", directory / "generator.py")
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module.context = types.SimpleNamespace(  # type: ignore[attr-defined]
        name=name, path=str(directory), manifest=yaml.safe_load(manifest.read_text()), parameters=parameters or {})
    module_spec.loader.exec_module(module)
    return module.next_request
