"""Checks of what callers give, for messages that name the argument and what it takes."""

import numbers
import operator
from typing import Any, Optional

from galileo.errors import InvalidInput


def whole_number(name: str, value: Any, wanted: str = "a whole number from 0") -> int:
    """`value` as an int from 0; 3.0 and NumPy's integers are whole numbers too."""
    try:
        number = int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise InvalidInput(f"{name} is {value!r}; wanted {wanted}")
    return number


def number(name: str, value: Any, wanted: str = "a number from 0") -> float:
    """`value` as a float, whatever its range."""
    if not isinstance(value, (int, float, numbers.Real)):
        raise InvalidInput(f"{name} is {value!r}; wanted {wanted}")
    return float(value)


def number_from_0(name: str, value: Any, wanted: str) -> float:
    """`value` as a float from 0."""
    if not number(name, value, wanted) >= 0:
        raise InvalidInput(f"{name} is {value!r}; wanted {wanted}")
    return float(value)


def text(name: str, value: Any) -> str:
    """`value`, which must be a str that is not empty."""
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} is {value!r}; wanted a text")
    return value


def optional_text(name: str, value: Any) -> Optional[str]:
    """`value`, a str or None."""
    return None if value is None else text(name, value)
