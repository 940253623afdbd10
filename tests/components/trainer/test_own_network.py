# SPDX-License-Identifier: Apache-2.0
"""A user's own network: what fits is trained, everything else is refused."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from components.contracts.network import InputSpec, OutputSpec
from components.core.errors import UsageError
from components.trainer.classifier.export import with_probabilities
from components.trainer.classifier.grad_cam import grad_cam, split_at_last_maps
from components.trainer.classifier.own_network import add_to_logits
from components.trainer.cnn.params import Params as CnnParams
from components.trainer.keras_file import write_keras_file
from components.trainer.language.params import Params as LanguageParams
from components.trainer.own_network import build_own_network
from components.trainer.own_network_params import OwnNetworkParams
from components.trainer.rnn.params import Params as RnnParams
from tests.support.own_code import PLAIN_NETWORK, own_package
from tests.support.training.tiny import PARAMS, make_data, train

IMAGES = {"images": InputSpec((4, 4, 1), "uint8")}
CLASSES = OutputSpec(units=3, classes=("a", "b", "c"))
WRONG = """
import keras
from keras import layers

class Doubling(layers.Layer):
    def call(self, tensor):
        return tensor * 2

@keras.saving.register_keras_serializable(package="mine")
class Forgetful(layers.Layer):
    def __init__(self, options):
        super().__init__()
        self.options = options

    def call(self, tensor):
        return tensor

def _model(tail, shape=(4, 4, 1), dtype="uint8", units=3, **last):
    images = keras.Input(shape, dtype=dtype, name="images")
    tensor = tail(layers.Flatten()(layers.Rescaling(1 / 255)(images)))
    return keras.Model(images, layers.Dense(units, **last)(tensor))

def _same(tensor):
    return tensor

def no_model(inputs, output, params):
    return 7

def raises(inputs, output, params):
    return params["units"]

def subclass(inputs, output, params):
    class Own(keras.Model):
        pass
    return Own()

def other_shape(inputs, output, params):
    return _model(_same, shape=(5, 4, 1))

def other_type(inputs, output, params):
    return _model(_same, dtype="float32")

def other_units(inputs, output, params):
    return _model(_same, units=4)

def softmax(inputs, output, params):
    return _model(_same, activation="softmax")

def code(inputs, output, params):
    return _model(layers.Lambda(lambda tensor: tensor * 2))

def not_registered(inputs, output, params):
    return _model(Doubling())

def forgetful(inputs, output, params):
    return _model(Forgetful({1: object()}))

def two_outputs(inputs, output, params):
    model = _model(_same)
    return keras.Model(model.input, [model.output, model.output])

def sequential(inputs, output, params):
    images = keras.Input((4, 4, 1), dtype="uint8")
    return keras.Sequential(
        [images, layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3)]
    )

def nested(inputs, output, params):
    images = keras.Input((4, 4, 1), dtype="uint8")
    parts = [layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(3)]
    return keras.Model(images, keras.Sequential(parts, name="temperature")(images))

def subclassed(inputs, output, params):
    class Own(keras.Model):
        pass
    model = _model(_same)
    return Own(model.input, model.output)

def without_input(inputs, output, params):
    return keras.Sequential([layers.Flatten(), layers.Dense(3)])

def rows(inputs, output, params):
    a, b = (keras.Input((1,), name=name) for name in ("a", "b"))
    joined = layers.Concatenate()([a, b])
    return keras.Model([a, b], layers.Dense(output.units)(joined))
"""


@pytest.fixture(scope="module", autouse=True)
def _project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    root = tmp_path_factory.mktemp("project")
    with own_package(root, model=PLAIN_NETWORK, wrong=WRONG):
        yield


def _own(name: str, **params: object) -> OwnNetworkParams:
    return OwnNetworkParams(network=name, network_params=params)


@pytest.mark.slow
def test_own_network_is_trained_in_place_of_the_familys(tmp_path: Path) -> None:
    params = replace(
        PARAMS,
        layers=None,
        batch_norm=False,
        dropout=0.0,
        class_weights="balanced",
        network="mine.model.build_model",
        network_params={"units": 5},
    )

    trained = train(params, make_data(), tmp_path, seed=1)

    assert trained.model.count_params() == (28 * 28 + 1) * 5 + (5 + 1) * 10


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_model", "expected a keras.Model as its result.\nReceived int"),
        ("raises", "failed: KeyError: 'units'"),
        ("subclass", "keras.Input layers.*\nReceived a Own that does not say"),
        ("other_shape", r"'images' to be uint8 \(n, 4, 4, 1\).\nReceived uint8 \(n, 5"),
        ("other_type", "'images' to be uint8 .*\nReceived float32"),
        ("other_units", r"output of float32 \(n, 3\), logits.\nReceived .*\(n, 4\)"),
        ("softmax", "expected logits.*activation .*\nReceived the output of a softmax"),
        ("code", "expected no Lambda layer"),
        ("not_registered", "expected Doubling to be registered, by the line @keras"),
        ("forgetful", "that Keras can save and load again: .*get_config"),
        ("two_outputs", "expected a single output.\nReceived 2"),
        ("without_input", "keras.Input layers.*\nReceived a Sequential that does not"),
        ("missing", "mine.wrong has no missing"),
    ],
)
def test_network_that_does_not_fit_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=rf"(?s)trainer.network: .*{message}"):
        build_own_network(_own(f"mine.wrong.{name}"), IMAGES, CLASSES)


@pytest.mark.parametrize("name", ["sequential", "nested", "subclassed"])
def test_any_way_of_writing_a_network_can_be_exported(
    name: str, tmp_path: Path
) -> None:
    network = build_own_network(_own(f"mine.wrong.{name}"), IMAGES, CLASSES)
    images = np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1)
    logits = (np.asarray(network(images)) + np.arange(3)) / 2.0
    raised = add_to_logits(network, (0.0, 1.0, 2.0))

    write_keras_file(with_probabilities(raised, temperature=2.0), tmp_path)

    loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loaded(images), expected, atol=1e-5)
    parts = split_at_last_maps(raised)
    assert parts is None or grad_cam(*parts, images).shape == (2, 4, 4)


def test_several_inputs_are_given_by_their_names() -> None:
    spec = InputSpec((1,), "float32")
    model = build_own_network(_own("mine.wrong.rows"), {"b": spec, "a": spec}, CLASSES)

    assert model({"a": np.ones((2, 1)), "b": np.ones((2, 1))}).shape == (2, 3)
    with pytest.raises(UsageError, match="with the names a, c.\nReceived a, b"):
        build_own_network(_own("mine.wrong.rows"), {"c": spec, "a": spec}, CLASSES)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        (CnnParams, {"layers": ("dense 8",)}),
        (CnnParams, {"batch_norm": True}),
        (RnnParams, {"units": 8}),
        (LanguageParams, {"units": 8}),
    ],
)
def test_two_networks_are_refused(params: type, field: dict[str, object]) -> None:
    common = {"optimizer": PARAMS.optimizer, "epochs": 1, "batch_size": 8}
    params(network="mine.model.build_model", **common)
    (name,) = field

    with pytest.raises(ValueError, match=f"{name}: expected none beside `network`"):
        params(network="mine.model.build_model", **field, **common)


def test_a_classifier_needs_a_network() -> None:
    common = {"optimizer": PARAMS.optimizer, "epochs": 1, "batch_size": 8}

    with pytest.raises(ValueError, match="expected 'layers', or `network`"):
        CnnParams(**common)
    with pytest.raises(ValueError, match="network_params: expected none without"):
        CnnParams(layers=(), network_params={"units": 5}, **common)
