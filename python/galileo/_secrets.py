"""Which variables of the environment must not be shown or published."""

_WORDS = ("password", "passwd", "token", "secret", "key", "credential")


def holds_secret(name: str, value: str) -> bool:
    """True when the name says so, or when the value is an address with a password in it: `redis://:sesame@host`."""
    host = value.partition("://")[2].partition("/")[0]
    return any(word in name.lower() for word in _WORDS) or "@" in host
