"""What can go wrong. Each class is also the built-in exception that fits, so `except ValueError` works.

GalileoError     the base of all; `code` is one word for the kind
InvalidInput     ValueError: what was given is wrong, and the message says what is allowed
NotFound         LookupError: what was named does not exist, for example no worker has the labels
Conflict         RuntimeError: it exists already, or is in another state
Unavailable      ConnectionError: Redis or a worker cannot be reached
Timeout          TimeoutError: no answer in time
Exhausted        RuntimeError: a limit was reached
Denied           PermissionError: permission or authentication is missing
ProtocolError    RuntimeError: the other side answered what it must not
"""

from _galileo import (Conflict, Denied, Exhausted, GalileoError, InvalidInput, NotFound, ProtocolError, Timeout,
                      Unavailable)

__all__ = ["Conflict", "Denied", "Exhausted", "GalileoError", "InvalidInput", "NotFound", "ProtocolError", "Timeout",
           "Unavailable"]
