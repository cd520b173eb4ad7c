"""The fixtures of all tests here."""

from api_fixtures import api, server  # noqa: F401
from fixtures import binary, galileo, redis_server, target  # noqa: F401
from traces_fixtures import mariadb, worker  # noqa: F401
