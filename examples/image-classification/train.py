#!/usr/bin/python3
"""Trains the two models that the service offers and writes everything it ships: models/*.json, held_out.txt, the app's images.

Needs Debian's python3-sklearn, for its data set of 1,797 handwritten digits of 8 x 8 pixels. The service itself needs neither
sklearn nor numpy. The same numbers come out each time, as far as the machine's arithmetic is the same.

    ./train.py
"""

import json
import pathlib

import numpy
from sklearn.datasets import load_digits

import digits

HERE = pathlib.Path(__file__).parent
HELD_OUT = 300  # images that training never sees
BRIGHTEST = 16  # of a pixel in the data set


def softmax(scores: numpy.ndarray) -> numpy.ndarray:
    powers = numpy.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def train(images: numpy.ndarray, labels: numpy.ndarray, hidden: list[int], seed: int, steps: int) -> list[tuple]:
    """Layers of weights and biases, by gradient descent with momentum on the cross entropy; ReLU between the layers."""
    random = numpy.random.default_rng(seed)
    sizes = [images.shape[1], *hidden, 10]
    layers = [(random.normal(0, numpy.sqrt(2 / into), (into, out)), numpy.zeros(out)) for into, out in zip(sizes, sizes[1:])]
    speeds = [(numpy.zeros_like(weights), numpy.zeros_like(bias)) for weights, bias in layers]
    wanted = numpy.eye(10)[labels]
    for _ in range(steps):
        outputs = [images]
        for index, (weights, bias) in enumerate(layers):
            scores = outputs[-1] @ weights + bias
            outputs.append(numpy.maximum(scores, 0) if index + 1 < len(layers) else softmax(scores))
        error = (outputs.pop() - wanted) / len(images)
        for index in reversed(range(len(layers))):
            weights, bias = layers[index]
            gradients = outputs[index].T @ error + 1e-4 * weights, error.sum(axis=0)
            error = (error @ weights.T) * (outputs[index] > 0)
            speeds[index] = tuple(0.9 * speed - 0.2 * gradient for speed, gradient in zip(speeds[index], gradients))
            layers[index] = tuple(value + speed for value, speed in zip((weights, bias), speeds[index]))
    return layers


def store(name: str, layers: list[tuple]) -> pathlib.Path:
    rounded = [{"weights": numpy.round(weights.T, 4).tolist(), "bias": numpy.round(bias, 4).tolist()} for weights, bias in layers]
    path = HERE / "models" / f"{name}.json"
    path.write_text(json.dumps({"classes": [str(digit) for digit in range(10)], "layers": rounded}, separators=(",", ":")) + "\n")
    return path


def main() -> None:
    data = load_digits()
    order = numpy.random.default_rng(2026).permutation(len(data.target))
    images, labels = data.data[order] / BRIGHTEST, data.target[order]
    held_out = [(str(label), [int(value) for value in image * BRIGHTEST])
                for image, label in zip(images[:HELD_OUT], labels[:HELD_OUT])]
    (HERE / "held_out.txt").write_text("".join(
        f"{label} {''.join(digits.SHADES[value] for value in image)}\n" for label, image in held_out))
    for name, hidden, steps in (("softmax", [], 2000), ("mlp", [32], 2000)):
        path = store(name, train(images[HELD_OUT:], labels[HELD_OUT:], hidden, 1, steps))
        model = digits.Model.load(path)
        right = sum(model.classify([value / BRIGHTEST for value in image])[0][0] == label for label, image in held_out)
        print(f"{path.name}: {path.stat().st_size} bytes, {right} of {HELD_OUT} held-out images right")
    folder = HERE / "apps" / "image-classification" / "images"
    for digit in range(10):
        image = next(image for label, image in held_out if label == str(digit))
        (folder / f"{digit}.pgm").write_bytes(digits.to_pgm(image))


if __name__ == "__main__":
    main()
