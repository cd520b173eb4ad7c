"""How the host of a request is drawn."""

import functools
import math
from typing import Sequence


class WeightedRoundRobin:
    """Draws indexes in the order of the workers' own balancer: (4, 3, 2) gives 0 0 1 0 1 2 0 1 2 and again."""

    def __init__(self) -> None:
        self._index = -1
        self._threshold = 0

    def next(self, weights: Sequence[float]) -> int:
        """The next index into `weights`, which count as whole numbers. Raises ValueError when all are 0 or none is there."""
        whole = [int(weight) for weight in weights]
        if not whole or max(whole) <= 0:
            raise ValueError("all weights are 0")
        while True:
            self._index = (self._index + 1) % len(whole)
            if self._index == 0:
                self._threshold -= functools.reduce(math.gcd, whole)
                if self._threshold <= 0:
                    self._threshold = max(whole)
            if whole[self._index] >= self._threshold:
                return self._index
