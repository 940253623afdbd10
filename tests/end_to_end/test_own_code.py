# SPDX-License-Identifier: Apache-2.0
"""A recipe with network, metric and gate of the user's own, from run to answer."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.model_store.registry import is_intact
from tests.support.project import RECIPE, TRAINER, make_project

pytestmark = pytest.mark.slow

NETWORK = '''
import keras

@keras.saving.register_keras_serializable(package="mine")
class Scaled(keras.layers.Layer):
    """Pixels from 0 to 1."""

    def call(self, images):
        return keras.ops.cast(images, self.compute_dtype) / 255

def build_model(inputs, output, params):
    images = keras.Input(inputs["images"].shape, dtype="uint8", name="images")
    tensor = keras.layers.Flatten()(Scaled()(images))
    tensor = keras.layers.Dense(params["units"], activation="relu")(tensor)
    return keras.Model(images, keras.layers.Dense(output.units)(tensor))
'''
METRICS = '''
def odd_for_even(labels, predictions):
    """Share of even digits that are taken for odd ones."""
    even = labels % 2 == 0
    return (predictions.argmax(axis=1)[even] % 2).mean()
'''
GATES = """
def sure_enough(metrics, baseline, least):
    received = metrics["test_accuracy"] - metrics["test_odd_for_even"]
    return received >= least, f"a lead of {least}", f"{received:.3g}"
"""


def _own(params: Any) -> None:
    training = {key: TRAINER[key] for key in TRAINER if key != "layers"}
    recipe = params["recipes"][RECIPE]
    recipe["trainer"] = {
        **training,
        "network": "mine.model.build_model",
        "network_params": {"units": 32},
    }
    recipe["metrics"] = ["mine.metrics.odd_for_even"]
    recipe["gate"] = {
        "test_accuracy": {"min": 0.5},
        "test_odd_for_even": {"max": 0.5},
        "mine.gates.sure_enough": {"least": 0.1},
    }


def test_own_code_makes_a_published_model(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    mine = project.root / "mine"
    mine.mkdir()
    for name, source in (("model", NETWORK), ("metrics", METRICS), ("gates", GATES)):
        (mine / f"{name}.py").write_text(source)
    project.edit_yaml("params.yaml", _own)

    project.check("prodl", "run", RECIPE)
    project.check("prodl", "publish", RECIPE)

    (version,) = (project.root / "models" / RECIPE).glob("[0-9]*")
    card = (version / "MODEL_CARD.md").read_text()
    assert "| `mine.gates.sure_enough` | a lead of 0.1 |" in card
    assert "Share of even digits that are taken for odd ones." in card
    assert "import mine.model" in card
    page = (project.root / "reports" / RECIPE / "index.html").read_text()
    assert "Share of even digits" in page
    digits = np.zeros((2, 28, 28, 1), np.uint8)
    save = f"np.save('a.npy', keras.saving.load_model('{version}/model.keras')"
    code = f"import keras, mine.model, numpy as np; {save}.predict(np.load('d.npy')))"
    np.save(project.root / "d.npy", digits)
    (project.root / "load.py").write_text(code)
    project.check("python", "-P", "load.py")
    layer = keras.layers.TFSMLayer(str(version), "predict_images")
    answers = np.load(project.root / "a.npy")
    np.testing.assert_allclose(answers, layer(digits)["probabilities"], atol=1e-5)

    assert is_intact(version)
    with (version / "model.keras").open("ab") as stream:
        stream.write(b"!")
    assert not is_intact(version)
