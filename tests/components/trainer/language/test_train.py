# SPDX-License-Identifier: Apache-2.0
"""A language model: training, early stopping, ensemble and resumed training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from components.core.errors import UsageError
from components.core.records import read_record
from components.trainer.language.monitor import evaluate
from components.trainer.language.networks import build_ensemble, build_model
from components.trainer.language.params import Params
from components.trainer.language.train import _initialize_bias, train
from components.trainer.loop.best_weights import BestWeights
from tests.support.models.language import PARAMS, make_data
from tests.support.training.interruptions import kill

# Windows are unrolled: short ones are traced faster.
TINY = replace(
    PARAMS,
    units=8,
    num_steps=4,
    epochs=4,
    embedding_dropout=0.1,
    recurrent_dropout=0.1,
)
SIZES = {"train": 24, "validation": 8}
WINDOWS_PER_EPOCH = 24 * 8 // PARAMS.batch_size // 4


def train_tiny(workdir: Path) -> Any:
    """Train `TINY` on a few sentences."""
    return train(TINY, make_data(SIZES), workdir, seed=3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return train_tiny(tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
def test_what_a_trigram_cannot_see_is_learnt(tmp_path: Path) -> None:
    trained = train(PARAMS, make_data(), tmp_path, seed=1)

    # Two bits for the noun, four fillers of six each, and the verb follows: seven
    # words. Who does not know the verb pays two bits more.
    chance = (4 * 6**4) ** (1 / 7)
    assert trained.outcome.validation["perplexity"] < chance * 2 ** (1 / 7)


@pytest.mark.slow
def test_killed_training_ends_with_the_same_numbers(
    whole: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kill(__name__, 2 * WINDOWS_PER_EPOCH + 2, [tmp_path])

    resumed = train_tiny(tmp_path)

    assert "resuming after epoch 2/4" in capsys.readouterr().out
    for row, expected in zip(resumed.history, whole.history, strict=True):
        assert _without_time(row) == pytest.approx(_without_time(expected), rel=1e-4)
    pairs = zip(resumed.network.get_weights(), whole.network.get_weights(), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_history_has_what_the_report_draws(whole: Any) -> None:
    assert list(whole.history[0]) == [
        "epoch",
        "loss",
        "val_loss",
        "val_perplexity",
        "val_accuracy",
        "learning_rate",
        "seconds",
    ]


@pytest.mark.slow
def test_exported_weights_are_those_of_the_best_epoch(tmp_path: Path) -> None:
    # Long enough to learn a few sentences by heart.
    by_heart = replace(
        TINY,
        units=32,
        epochs=20,
        dropout=0.0,
        recurrent_dropout=0.0,
        embedding_dropout=0.0,
        optimizer=replace(PARAMS.optimizer, schedule="constant"),
    )
    trained = train(by_heart, make_data(SIZES), tmp_path, seed=3)

    perplexities = [row["val_perplexity"] for row in trained.history]
    assert perplexities[-1] > min(perplexities)
    assert trained.outcome.validation["perplexity"] == pytest.approx(min(perplexities))


def test_ensemble_averages_probabilities() -> None:
    words = np.array([[1, 3, 4]], np.int32)
    networks = [_drawn("lstm", seed=1), _drawn("gru", seed=2)]

    def shares(network: Any) -> np.ndarray:
        sizes = [state.shape[1] for state in network.inputs[1:]]
        states = [np.zeros((1, size), np.float32) for size in sizes]
        logits = network([words, *states])[0].numpy()
        return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)

    one, other = map(shares, networks)
    assert np.abs(one - other).max() > 0.1
    np.testing.assert_allclose(
        shares(build_ensemble(networks)), (one + other) / 2, rtol=1e-4
    )


def _drawn(cell: Any, seed: int) -> Any:
    """Build a network whose probabilities are far from uniform."""
    keras.utils.set_random_seed(seed)
    network = build_model(replace(TINY, cell=cell), 12)
    for weight in network.trainable_variables:
        weight.assign_add(keras.random.normal(weight.shape))
    return network


def test_perplexity_of_an_untrained_model_is_that_of_word_shares() -> None:
    data = make_data(SIZES)
    network = build_model(TINY, len(data.vocabulary) + 1)
    _initialize_bias(network, data.train)
    network.get_layer("embedding").embeddings.assign(
        0 * network.get_layer("embedding").embeddings
    )

    counts = np.bincount(data.train.blocks[0])[1:] + 0.1
    shares = counts / counts.sum()
    expected = np.exp(-np.log(shares[data.validation.blocks[0] - 1]).mean())
    assert evaluate(network, data.validation)["perplexity"] == pytest.approx(expected)


def test_best_weights_are_kept_and_worse_ones_are_not(tmp_path: Path) -> None:
    best = BestWeights(tmp_path)
    best.offer(3.0, [np.array([3.0])])
    best.offer(2.0, [np.array([2.0])])
    best.offer(2.0, [np.array([9.0])])
    best.offer(float("nan"), [np.array([0.0])])

    assert BestWeights(tmp_path).score == 2.0
    assert BestWeights(tmp_path).load()[0] == [2.0]


def test_training_that_went_astray_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Lower its learning rate"):
        BestWeights(tmp_path).load()


@pytest.mark.parametrize(
    "change", [{"units": 0}, {"dropout": 1.0}, {"epochs": 0}, {"ensemble_size": 0}]
)
def test_impossible_parameter_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        replace(PARAMS, **change)


@pytest.mark.parametrize(
    ("former", "new"),
    [
        ("members", "ensemble_size"),
        ("word_dropout", "embedding_dropout"),
        ("unknown_inputs", "unknown_token_dropout"),
    ],
)
def test_former_name_of_a_parameter_is_refused_with_the_new_one(
    former: str, new: str
) -> None:
    with pytest.raises(UsageError, match=f"'{former}' is called '{new}' now"):
        read_record(Params, {former: 1}, "trainer")


def _without_time(row: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "seconds"}
