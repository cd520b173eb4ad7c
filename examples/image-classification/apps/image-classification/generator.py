"""Posts an image of the folder `images`, chosen at random, to a model of a model server.

Parameters: `model`, else what manifest.yml says.
"""

import os
import random

folder = os.path.join(context.path, "images")
images = []
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), "rb") as file:
        images.append(file.read())

path = "/predictions/" + context.parameters.get("model", context.manifest["model"])


def next_request():
    return "post", path, {"data": random.choice(images)}
