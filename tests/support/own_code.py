# SPDX-License-Identifier: Apache-2.0
"""Packages of a user's own code, for tests: written below a root, imported once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PLAIN_NETWORK = """
import keras

def build_model(inputs, output, params):
    images = keras.Input(inputs["images"].shape, dtype="uint8", name="images")
    tensor = keras.layers.Rescaling(1 / 255)(images)
    tensor = keras.layers.Flatten()(tensor)
    tensor = keras.layers.Dense(params["units"], activation="relu")(tensor)
    return keras.Model(images, keras.layers.Dense(output.units)(tensor))
"""


@contextmanager
def own_package(root: Path, **modules: str) -> Iterator[None]:
    """Make a project in `root` whose package `mine` has these modules.

    Args:
        root: The project's root folder.
        **modules: Source by the name of the module.
    """
    (root / "params.yaml").touch()
    (root / "mine").mkdir()
    for name, source in modules.items():
        (root / "mine" / f"{name}.py").write_text(source)
    before = list(sys.path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_ROOT", str(root))
        try:
            yield
        finally:
            sys.path[:] = before
            for name in [m for m in sys.modules if m.split(".")[0] == "mine"]:
                del sys.modules[name]
