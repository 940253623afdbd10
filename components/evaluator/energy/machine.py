# SPDX-License-Identifier: Apache-2.0
"""The machine inside an exported model, and images as its visible units."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.signatures import (
    BASE_BIAS,
    HIDDEN_BIAS,
    PARAMETERS,
    VISIBLE_BIAS,
    WEIGHTS,
)
from components.core.errors import ProdlError
from components.evaluator.energy.metric_names import RULES
from components.images.binarisation import Binarisation, binarise
from components.model_store.published import PROVENANCE_FILE
from components.sampling.boltzmann import Boltzmann
from components.serving.saved_model import SavedModel

_ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class ExportedMachine:
    """A machine with the base rates of its training data."""

    machine: Boltzmann
    """Weights and biases."""

    base: NDArray[np.float32]
    """Logits of how often each pixel is white in the training data, (pixels,)."""

    rule: Binarisation
    """Binarisation that it was trained with."""

    @property
    def num_hidden(self) -> int:
        """Number of hidden units."""
        return int(self.machine.hidden_bias.shape[0])

    def visible(self, images: NDArray[np.uint8], seed: int) -> NDArray[np.float32]:
        """Binarise images by the rule of the machine: float32 (n, pixels)."""
        pixels = binarise(images, self.rule, [seed, 0]).numpy()
        rows: NDArray[np.float32] = pixels.reshape(len(images), -1)
        return rows

    def free_energy(self, visible: NDArray[Any]) -> NDArray[np.float64]:
        """Compute the free energy of visible units in nats, (n,)."""
        parts = [self.machine.free_energy(rows).numpy() for rows in blocks(visible)]
        return np.concatenate(parts).astype(np.float64)


def read_machine(model: SavedModel) -> ExportedMachine:
    """Read the machine through the signature `parameters`.

    Raises:
        ProdlError: If the model has no such signature, or its provenance names no
            binarisation; under a guessed one the figures would be of other images.
    """
    outputs = model.signature(PARAMETERS)()
    machine = Boltzmann(outputs[WEIGHTS], outputs[VISIBLE_BIAS], outputs[HIDDEN_BIAS])
    named: Binarisation | None = model.provenance.get("params", {}).get("binarisation")
    if named not in RULES:
        raise ProdlError(
            f"{model.path}: expected the rule by which pixels become black or white in "
            f"{PROVENANCE_FILE}, as params.binarisation: {' or '.join(RULES)}.\n"
            f"Received {named!r}. Record the one that the model was trained with."
        )
    return ExportedMachine(machine, outputs[BASE_BIAS].numpy(), named)


def blocks(visible: NDArray[Any]) -> list[tf.Tensor]:
    """Cut visible units into parts whose activations fit into memory."""
    return [
        tf.constant(visible[start : start + _ROWS_AT_ONCE], tf.float32)
        for start in range(0, len(visible), _ROWS_AT_ONCE)
    ]
