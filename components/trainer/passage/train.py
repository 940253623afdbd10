# SPDX-License-Identifier: Apache-2.0
"""Train a recurrent network to memorise one passage: the book's 4-4 and 4-5.

Each window of three tokens predicts the next one. There is no validation split, so the
metrics do not measure generalisation.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.language.input_pipeline import TextData
from components.trainer.language.networks import build_model, token_embeddings
from components.trainer.language.trained import (
    TrainedLanguageModel,
    summarize_training,
)
from components.trainer.language.windows import sliding_windows, windows_dataset
from components.trainer.loop.fit import FitSettings, fit
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.passage.params import Params


def train(
    params: Params, data: TextData, workdir: Path, seed: int
) -> TrainedLanguageModel:
    """Memorise a passage, from the last checkpoint in `workdir` if there is one.

    Args:
        params: Architecture, training and passage.
        data: Texts whose training split contains the passage.
        workdir: Folder for checkpoints.
        seed: Seed of weights and order.
    """
    keras.utils.set_random_seed(seed)
    passage = find_passage(params, data)
    inputs, targets = sliding_windows(passage, params.context)
    num_steps = -(-len(targets) // params.batch_size)
    settings = FitSettings(params.epochs, num_steps, workdir)
    network = build_model(params, len(data.vocabulary) + 1, params.context)
    model = _next_token_model(params, network)
    model.compile(
        optimizer=make_optimizer(params.optimizer, settings.total_steps),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False,
    )
    history = fit(
        model,
        partial(windows_dataset, inputs, targets, params.batch_size, seed),
        settings,
        # No validation: the passage is all data there is.
        lambda _: {},
    )
    return TrainedLanguageModel(
        network,
        token_embeddings(network),
        params.context,
        history,
        summarize_training(network, history, {}),
    )


def find_passage(params: Params, data: TextData) -> NDArray[np.int32]:
    """Find the passage in the training split; return its token ids (passage_words,).

    Raises:
        ValueError: If no training text contains it.
    """
    token_ids = {token: i for i, token in enumerate(data.vocabulary, start=1)}
    beginning = [token_ids.get(token, -1) for token in params.first_words.split()]
    for block in data.train.blocks:
        start = _find(beginning, block.tolist())
        if 0 <= start <= len(block) - params.passage_words:
            return block[start : start + params.passage_words]
    raise ValueError(
        f"passage: expected a training text with {params.passage_words} words that "
        f"begin with {params.first_words!r}.\nReceived {len(data.train.blocks)} texts "
        "without it."
    )


def _find(pattern: Sequence[int], tokens: Sequence[int]) -> int:
    """Return the first position of a pattern in a sequence; -1 if there is none."""
    length = len(pattern)
    for start in range(len(tokens) - length + 1):
        if tokens[start : start + length] == pattern:
            return start
    return -1


def _next_token_model(params: Params, network: keras.Model) -> keras.Model:
    """Build the model from a window (n, context) to logits of the token after it."""
    tokens = keras.Input((params.context,), dtype="int32")
    zeros = keras.layers.Lambda(
        lambda window: keras.ops.zeros((keras.ops.shape(window)[0], params.units)),
        output_shape=(params.units,),
    )(tokens)
    logits, *_ = network([tokens, *[zeros] * params.num_states])
    return keras.Model(tokens, logits[:, -1])
