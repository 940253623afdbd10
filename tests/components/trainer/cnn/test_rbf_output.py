# SPDX-License-Identifier: Apache-2.0
"""Output layer of radial basis functions: distances, fixed codes, what is exported."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import UsageError
from components.trainer.classifier.grad_cam import grad_cam, split_at_last_maps
from components.trainer.cnn.model import build_model
from components.trainer.cnn.params import Params
from components.trainer.cnn.rbf_output import apply_rbf_output, make_codes
from components.trainer.cnn.run import run_fn
from components.trainer.loop.params import Optimizer
from components.trainer.loop.precision import dtype_policy
from tests.support.datasets.examples import Ingested
from tests.support.training.runs import Run, prepare_run
from tests.support.training.tiny import make_arrays, train_tiny

PARAMS = Params(
    layers=("conv 8 5x5 stride 2", "pool", "dense 32"),
    activation="tanh",
    output="rbf",
    epochs=6,
    batch_size=16,
    class_weights="balanced",
    temperature="fit",
    precision="float32",
    optimizer=Optimizer(learning_rate=0.01, schedule="one_cycle"),
)
CODES = make_codes(10, 32)


@pytest.fixture(scope="module")
def run(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    prepared = prepare_run(folder, ingested, PARAMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(prepared.fn_args)
    return prepared


def test_logits_are_half_the_squared_distances() -> None:
    features = keras.Input((3,))
    model = keras.Model(features, apply_rbf_output(features, 4))

    # Codes (1, 1, 1), (-1, 1, -1), (1, -1, -1) and (-1, -1, 1).
    np.testing.assert_allclose(
        model(np.array([[-1.0, 1.0, -1.0], [0.5, 0.0, 2.0]])),
        [[-4.0, 0.0, -4.0, -4.0], [-1.125, -6.125, -5.125, -2.125]],
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("num_classes", "num_features", "least"),
    [(2, 84, 84), (10, 15, 8), (10, 84, 42), (1000, 1023, 512)],
)
def test_no_two_codes_are_near_each_other(
    num_classes: int, num_features: int, least: int
) -> None:
    codes = make_codes(num_classes, num_features)

    assert codes.shape == (num_classes, num_features)
    assert set(np.unique(codes)) == {-1, 1}
    different = (num_features - codes @ codes.T) / 2
    assert different[~np.eye(num_classes, dtype=bool)].min() == least


def test_distances_are_those_of_float32_in_any_precision() -> None:
    with dtype_policy("mixed_bfloat16"):
        model = build_model(PARAMS, (28, 28, 1), 10)

    assert model.get_layer("logits").input.dtype == "bfloat16"
    assert model.output.dtype == "float32"


def test_training_learns_and_leaves_the_codes(tmp_path: Path) -> None:
    network = {"layers": PARAMS.layers, "activation": "tanh", "output": "rbf"}
    plain = {"batch_norm": False, "dropout": 0.0, "epochs": 12}
    trained = train_tiny(tmp_path, **network, **plain)

    assert trained.outcome.validation["accuracy"] > 0.4
    output = trained.model.get_layer("logits")
    np.testing.assert_array_equal(output.kernel, CODES.T)
    np.testing.assert_array_equal(output.bias, np.full(10, -16))


def test_heat_map_is_that_of_the_maps_before_the_features() -> None:
    model = build_model(PARAMS, (28, 28, 1), 10)
    parts = split_at_last_maps(model)
    assert parts

    heat = grad_cam(*parts, tf.constant(make_arrays(3).images)).numpy()

    assert heat.shape == (3, 7, 7)
    np.testing.assert_allclose(heat.max(axis=(1, 2)), 1)


@pytest.mark.slow
def test_exported_model_holds_the_codes(run: Run) -> None:
    images = tf.constant(make_arrays(30).images)
    features = run.model.signatures["features"](images=images)["features"].numpy()
    answers = run.model.signatures["predict_images"](images=images)
    loaded = keras.saving.load_model(run.model_folder / "model.keras")

    # The class weights lie in the bias.
    prior = loaded.get_layer("logits").bias.numpy() + 16
    distances = ((features[:, np.newaxis] - CODES) ** 2).sum(axis=-1)
    temperature = run.provenance["details"]["temperature"]
    expected = tf.nn.softmax((prior - distances / 2) / temperature)
    assert np.ptp(prior) > 0.01
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-4)
    np.testing.assert_allclose(loaded(images), expected, atol=1e-4)
    np.testing.assert_array_equal(loaded.get_layer("logits").kernel, CODES.T)
    assert not loaded.get_layer("logits").trainable


@pytest.mark.parametrize("layers", [(), ("conv 8",), ("dense 32", "normalize")])
def test_features_of_no_dense_layer_are_refused(layers: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"output: expected softmax, or `rbf` after"):
        replace(PARAMS, layers=layers)


def test_too_few_features_for_the_classes_are_refused() -> None:
    narrow = replace(PARAMS, layers=("dense 14",))

    with pytest.raises(UsageError, match="`dense 15` or larger(.|\n)*`dense 14`"):
        build_model(narrow, (28, 28, 1), 10)
