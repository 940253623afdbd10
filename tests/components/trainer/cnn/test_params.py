# SPDX-License-Identifier: Apache-2.0
"""Parameters of the convolutional classifiers: bounds, names, light import."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from components.core.errors import UsageError
from components.core.records import read_record
from components.trainer.cnn.params import Params
from components.trainer.loop.params import Optimizer
from pipelines.fingerprint import PROJECT_ROOT

PLAIN = Params(
    layers=(), epochs=1, batch_size=8, optimizer=Optimizer(learning_rate=0.1)
)


@pytest.mark.parametrize(
    "words", ["conv", "conv 0", "conv 8 3x5", "dense", "pool 2", "dropout 1", ""]
)
def test_layer_that_is_not_understood_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"layers: expected words like(.|\n)*Received"):
        replace(PLAIN, layers=(words,))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("dropout", 1.0),
        ("label_smoothing", -0.1),
    ],
)
def test_impossible_parameter_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived {value}"):
        replace(PLAIN, **{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate", 0.0),
        ("warmup", 1.0),
        ("momentum", 1.0),
        ("ema", 1.0),
        ("clip_norm", -1.0),
        ("clip_value", -1.0),
        ("rho", 1.0),
        ("raise_by", 0.9),
        ("lower_by", 1.0),
        ("patience", 0),
    ],
)
def test_impossible_optimizer_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived {value}"):
        replace(PLAIN.optimizer, **{field: value})


def test_two_ways_of_clipping_are_refused() -> None:
    with pytest.raises(ValueError, match="clip_value: expected none beside"):
        replace(PLAIN.optimizer, clip_norm=1.0, clip_value=1.0)


def test_rprop_with_mini_batches_is_refused() -> None:
    rprop = replace(PLAIN.optimizer, name="rprop")

    with pytest.raises(ValueError, match=r"batch_size: expected `all` with `rprop`"):
        replace(PLAIN, optimizer=rprop)
    with pytest.raises(ValueError, match=r"schedule: expected `constant` with"):
        replace(rprop, schedule="one_cycle")
    assert replace(PLAIN, optimizer=rprop, batch_size="all").batch_size == "all"


def test_unknown_parameter_names_the_nearest() -> None:
    received = {"layers": [], "epochs": 1, "batch_sise": 8, "optimizer": {}}

    with pytest.raises(UsageError, match="Did you mean 'batch_size'"):
        read_record(Params, received, "trainer")


def test_parameters_are_read_without_tensorflow() -> None:
    code = (
        "import sys, components.trainer.cnn.params;"
        "heavy = {'tensorflow', 'keras', 'numpy', 'tfx', 'apache_beam'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )

    subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=True)
