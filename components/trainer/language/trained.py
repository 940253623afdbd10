# SPDX-License-Identifier: Apache-2.0
"""Result of training a language model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.loop.devices import find_devices
from components.trainer.loop.history import EpochRow, train_seconds
from components.trainer.provenance import Outcome


@dataclass(frozen=True)
class TrainedLanguageModel:
    """A trained language model, in float32 and ready to export."""

    network: keras.Model
    """Model from `[tokens, *states]` to `[logits, *states]`, for any length."""

    embeddings: NDArray[np.float32] | None
    """Token embeddings (vocabulary_size, units), the unknown token first; of an
    ensemble, those of its first network. None if a network of one's own has none."""

    context: int | None
    """Preceding tokens that a prediction depends on; None for all of them."""

    history: list[EpochRow]
    """One row per epoch."""

    outcome: Outcome
    """Results of the training."""

    window: int | None = None
    """Tokens that decoding reads, of a network whose states carry nothing. Defaults to
    None: they carry all tokens before."""


def summarize_training(
    network: keras.Model,
    history: Sequence[EpochRow],
    validation: Mapping[str, float],
) -> Outcome:
    """Collect the results of a training.

    Args:
        network: The trained network.
        history: One row per epoch.
        validation: Its metrics on the validation split.
    """
    return Outcome(
        num_parameters=network.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        # States are carried over between steps, so one device computes all of them.
        devices=f"1 x {find_devices().kind}",
        precision="float32",
        validation=dict(validation),
    )
