"""Images of digits, and small neural networks that read them. Python's standard library only."""

import json
import math
import operator
import pathlib
import re
from typing import NamedTuple, Sequence

SIDE = 8  # pixels of the images that the models were trained with
ENLARGED = 4  # times, in files: 8 x 8 pixels are hard to look at
SIDE_MAX = 1024
SHADES = "0123456789abcdefg"  # how held_out.txt writes a pixel, from 0 to 16
HEADER = re.compile(rb"P([25])\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s+(\d{1,5})\s+(\d{1,5})\s")


class BadImage(ValueError):
    """What came is no image that the service can read."""


def to_pgm(shades: Sequence[int]) -> bytes:
    """8 x 8 shades from 0 to 16 as an image file, binary PGM, enlarged."""
    side = SIDE * ENLARGED
    pixels = bytes(shades[row // ENLARGED * SIDE + column // ENLARGED] * 255 // 16 for row in range(side) for column in range(side))
    return b"P5\n%d %d\n255\n" % (side, side) + pixels


def from_pgm(data: bytes) -> list[float]:
    """The 64 brightnesses, from 0 to 1, of an image file: PGM, text or binary, square, its side a multiple of 8."""
    header = HEADER.match(data)
    if header is None:
        raise BadImage("expected a grey image in PGM format (P2 or P5)")
    kind, width, height, brightest = map(int, header.groups())
    if width != height or width % SIDE or not 0 < width <= SIDE_MAX:
        raise BadImage(f"{width} x {height} pixels; the image must be square, its side a multiple of {SIDE}, at most {SIDE_MAX}")
    if not 0 < brightest < 256:
        raise BadImage("more than 255 shades of grey")
    body = data[header.end():]
    try:
        pixels = body if kind == 5 else bytes(map(int, body.split()))
    except ValueError:
        raise BadImage("a pixel is not a number from 0 to 255") from None
    if len(pixels) < width * height:
        raise BadImage(f"{len(pixels)} pixels in place of {width * height}")
    step = width // SIDE
    scale = brightest * step * step
    return [sum(sum(pixels[(top + row) * width + left:(top + row) * width + left + step]) for row in range(step)) / scale
            for top in range(0, height, step) for left in range(0, width, step)]


class Model(NamedTuple):
    """A network of dense layers, ReLU between them and softmax at the end."""

    classes: list[str]
    layers: list[tuple[list[list[float]], list[float]]]

    @classmethod
    def load(cls, path: pathlib.Path) -> "Model":
        stored = json.loads(path.read_text())
        return cls(stored["classes"], [(layer["weights"], layer["bias"]) for layer in stored["layers"]])

    def classify(self, brightness: list[float]) -> list[tuple[str, float]]:
        """Each class with its probability, the most likely first."""
        values = brightness
        for index, (weights, bias) in enumerate(self.layers):
            values = [sum(map(operator.mul, row, values), offset) for row, offset in zip(weights, bias)]
            if index + 1 < len(self.layers):
                values = [max(value, 0.0) for value in values]
        highest = max(values)
        powers = [math.exp(value - highest) for value in values]
        total = sum(powers)
        return sorted(zip(self.classes, (power / total for power in powers)), key=lambda one: -one[1])
