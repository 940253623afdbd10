# SPDX-License-Identifier: Apache-2.0
"""A language model of words: from all words before to the next one, at every step.

A small text needs strong medicine: one matrix for reading and predicting, whole words
hidden, features hidden, weights pulled towards zero, and the weights of the epoch that
predicts the validation split best.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.checks import expect
from components.trainer.language.networks import (
    NetworkParams,
    build_committee,
    build_network,
    word_vectors,
)
from components.trainer.language.run import run_language_model
from components.trainer.loop.optimizer import Optimizer, make_optimizer

# Between the seeds of two members, so that neighbouring seeds share no member.
_APART: Final = 10_000

if TYPE_CHECKING:
    from components.trainer.language.run import TrainedLanguage
    from components.trainer.language.windows import TextData, Texts
    from components.trainer.loop.history import EpochRow


@dataclass(frozen=True, kw_only=True)
class Params(NetworkParams):
    """What a user may choose about a language model."""

    optimizer: Optimizer
    """How the weights follow the gradient."""

    epochs: int
    """How often every word of the training text is to be predicted, at most."""

    batch_size: int = 16
    """Places of the text that are read at once."""

    num_steps: int = 32
    """Words that the gradient looks back."""

    members: int = 1
    """Networks that are trained one after another and predict together."""

    patience: int = 0
    """Epochs without a better validation perplexity that end the training; 0: none."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("epochs", "batch_size", "num_steps", "members"):
            expect(getattr(self, name) > 0, name, "1 or more", getattr(self, name))
        expect(self.patience >= 0, "patience", "0 or more", self.patience)


def build_model(params: Params, num_words: int, num_steps: int | None = None) -> Any:
    """Build the network from words and a state to logits and a state.

    Args:
        params: Its architecture.
        num_words: Words, the unknown one included.
        num_steps: Length of the windows. Defaults to None, any length.
    """
    return build_network(params, num_words, num_steps)


def train(
    params: Params, data: "TextData", workdir: Path, seed: int
) -> "TrainedLanguage":
    """Train a language model; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture and training.
        data: Training and validation split.
        workdir: Folder for checkpoints.
        seed: Seeds weights, order and dropout.
    """
    from components.trainer.language.run import TrainedLanguage, describe
    from components.trainer.language.validation import judge
    from components.trainer.loop.history import mean_history

    members, histories = [], []
    for number in range(params.members):
        folder = workdir / f"member_{number}"
        network, history = _train_member(params, data, folder, seed + number * _APART)
        members.append(network)
        histories.append(history)
    vectors = word_vectors(members[0])
    committee = build_committee(members)
    history = mean_history(histories)
    outcome = describe(committee, history, judge(committee, data.validation))
    return TrainedLanguage(committee, vectors, None, history, outcome)


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_language_model(fn_args, Params, train)


def _train_member(
    params: Params, data: "TextData", workdir: Path, seed: int
) -> "tuple[Any, list[EpochRow]]":
    """Train one network; the weights are those of its best epoch."""
    import keras

    from components.trainer.language.stateful import carry_state
    from components.trainer.language.windows import make_stream
    from components.trainer.loop.best_weights import BestWeights
    from components.trainer.loop.fit import Plan, fit

    keras.utils.set_random_seed(seed)
    stream = make_stream(data.train, params.batch_size, params.num_steps)
    num_words = len(data.vocabulary) + 1
    plan = Plan(params.epochs, stream.windows_per_epoch, workdir)
    network = build_model(params, num_words, params.num_steps)
    _start_at_word_shares(network, data.train)
    model = carry_state(network, params, params.batch_size)
    model.compile(
        optimizer=make_optimizer(params.optimizer, plan.total_steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    exact = build_model(params, num_words)
    best = BestWeights(workdir)
    history = fit(
        model,
        partial(stream.epochs, seed),
        plan,
        partial(_validate, exact, data.validation, best),
        partial(_is_over, params.patience),
    )
    exact.set_weights(best.load())
    return exact, history


def _start_at_word_shares(network: Any, texts: "Texts") -> None:
    """Let the untrained network predict each word as often as it occurs."""
    import numpy as np

    bias = network.get_layer("embedding").bias
    counts = np.bincount(np.concatenate(texts.blocks), minlength=bias.shape[0]) + 0.1
    bias.assign(np.log(counts / counts.sum()))


def _validate(exact: Any, texts: "Texts", best: Any, model: Any) -> dict[str, float]:
    """Perplexity of the known words; keeps the weights if they are the best so far."""
    from components.trainer.language.validation import judge

    exact.set_weights(model.network.get_weights())
    judged = judge(exact, texts)
    best.offer(judged["perplexity"], exact.get_weights())
    return {f"val_{name}": value for name, value in judged.items()}


def _is_over(patience: int, history: "list[EpochRow]") -> bool:
    """Whether the best epoch is further back than patience reaches."""
    perplexities = [row["val_perplexity"] for row in history]
    if not patience or not perplexities:
        return False
    return len(perplexities) - 1 - perplexities.index(min(perplexities)) >= patience
