"""What a program of Galileo reads from its environment."""

import os
import socket
from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote

from galileo._session import WithoutRedisPackage

from galileo._secrets import holds_secret


class Context:
    """The settings in `env` (default: the environment): which Redis, and how this worker is called and labelled.

    >>> rds = Context().create_redis()     # a redis.Redis with decoded texts
    """

    def __init__(self, env: Optional[Mapping[str, str]] = None):
        self.env: Mapping[str, str] = os.environ if env is None else env

    def getenv(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """The value of a variable, or `default`."""
        return self.env.get(name, default)

    @property
    def worker_name(self) -> str:
        """galileo_worker_name, else the name of the host."""
        return self.env.get("galileo_worker_name") or socket.gethostname()

    @property
    def worker_labels(self) -> Dict[str, str]:
        """Every variable that begins with galileo_, but secrets."""
        return {name: value for name, value in self.env.items() if name.startswith("galileo_")
                and not holds_secret(name, value)}

    def create_redis(self) -> Any:
        """A redis.Redis to galileo_redis_host, galileo_redis_port, galileo_redis_password (or galileo_redis_url).

        Texts come decoded. Without the Python package redis it is a stand-in that init() takes too; its own methods then
        raise ModuleNotFoundError. Raises InvalidInput for galileo_redis_host=file://PATH: the private Redis of the
        original's workers, which nothing else could reach; here `galileo run` and `galileo dev` start one by themselves.
        """
        from galileo.errors import InvalidInput

        url = self.env.get("galileo_redis_url")
        if not url and (self.env.get("galileo_redis_host") or "").startswith("file://"):
            raise InvalidInput("galileo_redis_host=file://... is for programs that start their own Redis; name a running one")
        try:
            import redis
        except ModuleNotFoundError:
            return WithoutRedisPackage(url or self._address())
        if url:
            return redis.Redis.from_url(url if "://" in url else "redis://" + url, decode_responses=True)
        return redis.Redis(host=self.env.get("galileo_redis_host") or "localhost",
                           port=int(self.env.get("galileo_redis_port") or 6379),
                           password=self.env.get("galileo_redis_password") or None, decode_responses=True)

    def _address(self) -> str:
        password = quote(self.env.get("galileo_redis_password") or "", safe="")
        return (f"redis://{f':{password}@' if password else ''}{self.env.get('galileo_redis_host') or 'localhost'}"
                f":{self.env.get('galileo_redis_port') or 6379}")
