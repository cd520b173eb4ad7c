"""The fixtures of all tests here."""

from fixtures import binary, galileo, redis_server, target  # noqa: F401
