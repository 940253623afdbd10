# SPDX-License-Identifier: Apache-2.0
"""The book's experiment 4-4 and 4-5: learn one passage by heart, three words at a time.

Nothing is held out, so nothing is learnt about how good such a model is at language.
What the book leaves to chance is mended: completion reads the words it is given.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.core.checks import expect
from components.trainer.language.networks import (
    NetworkParams,
    build_network,
    word_vectors,
)
from components.trainer.language.run import run_language_model
from components.trainer.loop.optimizer import Optimizer, make_optimizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from components.trainer.language.run import TrainedLanguage
    from components.trainer.language.windows import TextData

CHARTS = {
    "Loss, nats per word": {"training": "loss"},
    "Accuracy": {"training": "accuracy"},
}


@dataclass(frozen=True, kw_only=True)
class Params(NetworkParams):
    """What a user may choose about learning a passage by heart."""

    optimizer: Optimizer
    """How the weights follow the gradient."""

    epochs: int
    """How often every window is shown."""

    first_words: str
    """How the passage begins: tokens with a space between them."""

    passage_words: int
    """Tokens of the passage."""

    context: int = 3
    """Words that are read to predict the next one."""

    batch_size: int = 16
    """Windows per step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("epochs", "batch_size", "context"):
            expect(getattr(self, name) > 0, name, "1 or more", getattr(self, name))
        least = f"more than context, {self.context}"
        words = self.passage_words
        expect(words > self.context, "passage_words", least, words)


def build_model(params: Params, num_words: int) -> Any:
    """Build the network from windows of words and a state to logits and a state.

    Args:
        params: Its architecture.
        num_words: Words, the unknown one included.
    """
    return build_network(params, num_words, params.context)


def train(
    params: Params, data: "TextData", workdir: Path, seed: int
) -> "TrainedLanguage":
    """Learn the passage; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture, training and passage.
        data: The passage must be part of the training split.
        workdir: Folder for checkpoints.
        seed: Seeds weights and order.
    """
    import keras

    from components.trainer.language.run import TrainedLanguage, describe
    from components.trainer.language.windows import sliding_windows, windows_dataset
    from components.trainer.loop.fit import Plan, fit

    keras.utils.set_random_seed(seed)
    passage = find_passage(params, data)
    inputs, targets = sliding_windows(passage, params.context)
    num_steps = -(-len(targets) // params.batch_size)
    plan = Plan(params.epochs, num_steps, workdir)
    network = build_model(params, len(data.vocabulary) + 1)
    model = _next_word_model(params, network)
    model.compile(
        optimizer=make_optimizer(params.optimizer, plan.total_steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
    history = fit(
        model,
        partial(windows_dataset, inputs, targets, params.batch_size, seed),
        plan,
        # There is nothing to validate on: the passage is all there is.
        lambda _: {},
    )
    outcome = describe(network, history, {})
    return TrainedLanguage(
        network, word_vectors(network), params.context, history, outcome
    )


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_language_model(fn_args, Params, train, CHARTS)


def find_passage(params: Params, data: "TextData") -> "NDArray[Any]":
    """The words of the passage, as numbers.

    Raises:
        ValueError: If no training block holds it.
    """
    numbers = {word: i for i, word in enumerate(data.vocabulary, start=1)}
    wanted = [numbers.get(word, -1) for word in params.first_words.split()]
    for block in data.train.blocks:
        start = _find(wanted, block.tolist())
        if 0 <= start <= len(block) - params.passage_words:
            return block[start : start + params.passage_words]
    raise ValueError(
        f"passage: expected a training text with {params.passage_words} words that "
        f"begin with {params.first_words!r}.\nReceived {len(data.train.blocks)} texts "
        "without it."
    )


def _find(wanted: "Sequence[int]", words: "Sequence[int]") -> int:
    """Where a run of words stands in others; -1 if nowhere."""
    length = len(wanted)
    for start in range(len(words) - length + 1):
        if words[start : start + length] == wanted:
            return start
    return -1


def _next_word_model(params: Params, network: Any) -> Any:
    """From a window to the logits of the word after it, with no state before."""
    import keras

    words = keras.Input((params.context,), dtype="int32")
    zeros = keras.layers.Lambda(
        lambda w: keras.ops.zeros((keras.ops.shape(w)[0], params.units)),
        output_shape=(params.units,),
    )(words)
    logits, *_ = network([words, *[zeros] * params.num_states])
    return keras.Model(words, logits[:, -1])
