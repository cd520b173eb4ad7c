"""The fixtures of all tests here."""

from fixtures import binary, galileo, redis_server, target  # noqa: F401
from traces_fixtures import mariadb, worker  # noqa: F401
