# SPDX-License-Identifier: Apache-2.0
"""Metrics, loss and calibration of a classifier."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.trainer.classifier.calibration import fit_temperature, weight_offsets
from components.trainer.classifier.loss import cross_entropy
from components.trainer.classifier.scores import accuracy, log_loss
from components.trainer.cnn.params import Params as CnnParams
from components.trainer.cnn.train import train as train_cnn
from components.trainer.images.arrays import ImageArrays, ImageData
from components.trainer.loop.params import Optimizer
from components.trainer.rnn.params import Params as RnnParams
from components.trainer.rnn.train import train as train_rnn

LABELS = np.array([0, 1, 2, 0])
FAMILIES = {"cnn": (CnnParams, train_cnn), "rnn": (RnnParams, train_rnn)}


def _honest_logits(num_items: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the distribution that the labels are drawn from."""
    random = np.random.default_rng(0)
    logits = random.normal(0.0, 2.0, (num_items, 5))
    labels = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    return logits, labels


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_temperature_undoes_a_wrong_scale(factor: float) -> None:
    logits, labels = _honest_logits(20_000)

    fitted = fit_temperature(logits * factor, labels)

    assert fitted.value == pytest.approx(factor, rel=0.03)
    assert fitted.remarks == ()


def test_no_temperature_is_fitted_to_items_that_are_all_classified_right() -> None:
    """39 pictures, all right, once gave the lowest temperature there is."""
    labels = np.arange(39) % 3

    fitted = fit_temperature(2.0 * np.eye(3)[labels], labels)

    assert fitted.value == 1.0
    assert "all 39 are classified right" in fitted.remarks[0]


def test_temperature_at_its_bound_is_refused() -> None:
    """Every item is wrong with great certainty."""
    labels = np.arange(3000) % 3

    fitted = fit_temperature(1e4 * np.eye(3)[(labels + 1) % 3], labels)

    assert fitted.value == 1.0
    assert "is its bound 10.0" in fitted.remarks[0]


def test_few_items_leave_the_temperature_nearer_to_one() -> None:
    logits, labels = _honest_logits(20_000)

    few, many = (fit_temperature(3.0 * logits[:n], labels[:n]) for n in (20, 20_000))

    assert 1.0 < few.value < many.value
    assert "fitted to 20 validation items" in few.remarks[0]


def test_offsets_undo_class_weights_and_leave_absent_classes_alone() -> None:
    weights = np.array([0.5, 2.0, 4.0, 0.5])
    offsets = weight_offsets(LABELS, weights, num_classes=4)

    assert np.exp(-offsets) == pytest.approx([0.5, 2.0, 4.0, 1.0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "network"),
    [("cnn", {"layers": ()}), ("rnn", {"units": 2})],
    ids=["cnn", "rnn"],
)
def test_weighted_training_that_sees_nothing_still_says_the_class_shares(
    family: str, network: dict[str, Any], tmp_path: Path
) -> None:
    labels = np.array([0] * 80 + [1] * 20)
    weights = np.where(labels == 0, 100 / 160, 100 / 40).astype(np.float32)
    alike = np.zeros((100, 4, 4, 1), np.uint8)
    arrays = ImageArrays(alike, labels, weights)
    params_class, train = FAMILIES[family]
    params = params_class(
        **network,
        class_weights="balanced",
        epochs=20,
        batch_size=100,
        precision="float32",
        optimizer=Optimizer(learning_rate=0.1, name="sgd"),
    )
    trained = train(params, ImageData(arrays, arrays, 2), tmp_path, seed=1)

    logits = trained.model.predict(alike[:1], verbose=0)[0]
    assert np.exp(logits[1] - logits[0]) == pytest.approx(0.25, rel=0.02)
    assert trained.outcome.validation["log_loss"] == pytest.approx(0.5004, abs=1e-3)


def test_log_loss_of_knowing_nothing_is_the_logarithm_of_the_classes() -> None:
    assert log_loss(np.zeros((4, 3)), LABELS) == pytest.approx(np.log(3))


def test_log_loss_of_certainty_is_finite_where_it_errs() -> None:
    assert log_loss(np.eye(3)[[1, 1, 2, 0]] * 1e3, LABELS) == pytest.approx(250.0)


def test_accuracy_is_the_share_of_hits() -> None:
    assert accuracy(np.eye(3)[[1, 1, 2, 0]], LABELS) == 0.75


def test_smoothed_loss_mixes_in_the_mean_over_classes() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    hit = -log_probabilities[np.arange(4), LABELS]
    expected = 0.9 * hit - 0.1 * log_probabilities.mean(axis=1)

    for labels in (LABELS, LABELS[:, np.newaxis]):
        losses = cross_entropy(0.1, num_classes=3)(labels, logits)
        np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_loss_without_smoothing_is_the_log_loss() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")

    loss = float(cross_entropy(0.0, num_classes=3)(LABELS, logits))

    assert loss == pytest.approx(log_loss(logits, LABELS), rel=1e-5)
