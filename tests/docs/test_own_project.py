# SPDX-License-Identifier: Apache-2.0
"""The notebook runs, and the examples of docs/own_project.md do what the page says."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import yaml
from tensorflow_transform.graph_context import TFGraphContext

from components.contracts.network import InputSpec, OutputSpec
from components.core.project import project_root
from components.evaluator.own_gates import OwnGate, check_own_gates
from components.trainer.classifier.export import with_probabilities
from components.trainer.cnn.model import build_model
from components.trainer.keras_file import write_keras_file
from components.trainer.own_network import build_own_network
from components.trainer.own_network_params import OwnNetworkParams
from pipelines.config import RecipeConfig
from tests.support.own_code import own_package
from tests.support.training.tiny import PARAMS

DOCS = project_root() / "docs"
PAGE = (DOCS / "own_project.md").read_text(encoding="utf-8")
# Name of the module in the comment of the first line -> source.
MODULES = {
    name: source
    for source in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for name in re.findall(r"\A# mine/(\w+)\.py\n", source)
}
(SETTINGS,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_notebook_improves_a_published_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = tmp_path / "models" / "mnist-cnn" / "1"
    version.mkdir(parents=True)
    write_keras_file(
        with_probabilities(build_model(PARAMS, (28, 28, 1), 10), 1), version
    )
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((DOCS / "fine_tune.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["after"] > max(names["before"], 0.5)
    assert (tmp_path / "tuned.keras").exists()


def test_examples_of_the_page_fit_together(tmp_path: Path) -> None:
    settings = yaml.safe_load(SETTINGS)["recipes"]["penguins-table"]
    assert RecipeConfig(**settings).own_code.keys() == {
        *("trainer.network", "preprocess", "metrics[0]", "gate.mine.gates.balanced")
    }
    with own_package(tmp_path, **MODULES):
        network = OwnNetworkParams(
            network="mine.model.build_model", network_params={"filters": [4]}
        )
        images = {"images": InputSpec((8, 8, 3), "uint8")}
        model = build_own_network(network, images, OutputSpec(3))
        assert model.output_shape == (None, 3)
        (check,) = check_own_gates(
            [OwnGate("mine.gates.balanced", {"least": 0.5})],
            {"test_recall_a": 0.9, "test_recall_b": 0.4},
            None,
        )
        assert (check.passed, check.received) == (False, "0.400")
        names: dict[str, Any] = {}
        exec(MODULES["metrics"], names)
        answers = np.array([[0.9, 0.1], [0.5, 0.5]])
        assert names["cost_per_item"](np.array([0, 1]), answers) == 3.0


def test_preprocessing_of_the_page_is_what_transform_takes(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(MODULES["preprocess"], names)
    inputs = {
        "bill_length_mm": tf.TensorSpec([None], tf.float32),
        "body_mass_g": tf.TensorSpec([None], tf.float32),
        "island": tf.TensorSpec([None], tf.string),
    }
    function = tf.function(names["preprocessing_fn"])
    # As TFT traces it before its first pass over the data.
    with TFGraphContext(str(tmp_path), evaluated_replacements={}):
        outputs = function.get_concrete_function(inputs)
    dtypes = {name: spec.dtype for name, spec in outputs.structured_outputs.items()}
    assert dtypes == {"ratio": tf.float32, "island": tf.int64}
