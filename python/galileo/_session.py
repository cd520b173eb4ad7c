"""Sessions of the compiled module, one for each Redis that a program uses."""

import atexit
import os
import weakref
from typing import Any, Dict
from urllib.parse import quote

import _galileo

_sessions: Dict[str, "_galileo.Session"] = {}
_of_clients: "weakref.WeakKeyDictionary[Any, _galileo.Session]" = weakref.WeakKeyDictionary()


def settings() -> Dict[str, str]:
    """The variables of the environment that are Galileo's."""
    return {name: value for name, value in os.environ.items() if name.startswith("galileo_")}


def session_at(address: str) -> "_galileo.Session":
    """The session with the Redis at `address`; empty: the one that the environment names."""
    key = f"{os.getpid()} {address}"
    if key not in _sessions:
        _sessions[key] = _galileo.Session(address, settings())
    return _sessions[key]


class WithoutRedisPackage:
    """Stands for a redis.Redis where the package redis is not installed: all of Galileo works with it but what needs a
    redis.Redis itself (`rds` and `eventbus`), which raises and says what to install."""

    def __init__(self, address: str):
        self._address = address

    def __getattr__(self, name: str) -> Any:
        raise ModuleNotFoundError(f"'{name}' of rds needs the Python package redis; install python3-redis (Debian) or redis "
                                  "(pip)", name="redis")

    def __repr__(self) -> str:
        return "<no redis.Redis: the Python package redis is not installed>"


def session_of(rds: Any) -> "_galileo.Session":
    """The session with the Redis that a redis.Redis is connected to; a session stands for itself."""
    if isinstance(rds, _galileo.Session):
        return rds
    if isinstance(rds, WithoutRedisPackage):
        return session_at(rds._address)
    if rds not in _of_clients:
        _of_clients[rds] = session_at(_address_of(rds.connection_pool.connection_kwargs))
    return _of_clients[rds]


def _address_of(settings: Dict[str, Any]) -> str:
    user = quote(settings.get("username") or "", safe="")
    password = quote(settings.get("password") or "", safe="")
    login = f"{user}:{password}@" if user or password else ""
    database = settings.get("db") or 0
    if settings.get("path"):
        return f"unix://{login}{settings['path']}" + (f"?db={database}" if database else "")
    host = settings.get("host") or "localhost"
    return f"redis://{login}{f'[{host}]' if ':' in host else host}:{settings.get('port') or 6379}/{database}"


@atexit.register
def _close_all() -> None:
    for session in _sessions.values():
        session.close()
    _sessions.clear()
