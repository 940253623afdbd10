# SPDX-License-Identifier: Apache-2.0
"""Train a deep belief net: layers without labels, then the classifier, then controls.

The control is the same network from random weights, trained alike on the same labels;
it is always trained, and the exported model carries it along.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.classifier.train import Trained as Classifier
from components.trainer.classifier.train import train_classifier
from components.trainer.dbn.few_labels import Committee, Pairs, train_pairs
from components.trainer.dbn.model import build_model
from components.trainer.dbn.params import Params
from components.trainer.dbn.pretraining import Stack, pretrain
from components.trainer.images.arrays import ImageData
from components.trainer.images.labelled import draw_labelled
from components.trainer.loop.history import EpochRow
from components.trainer.provenance import Outcome

# Columns of the control's history that stand beside those of the model.
_COMPARED = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Trained:
    """A trained classifier with all that it is compared with."""

    classifier: Classifier
    """The classifier, with its control."""

    stack: Stack
    """The layers before the classifier was trained."""

    few_labels: Committee | None
    """Networks of few labels; None without such a comparison."""

    @property
    def outcome(self) -> Outcome:
        """Results of all trainings."""
        return self.classifier.outcome

    @property
    def history(self) -> list[EpochRow]:
        """One row per epoch of the classifier, with columns of its control."""
        control = self.classifier.control
        rows = control.history if control else []
        pairs = zip(self.classifier.history, rows, strict=True)
        return [
            row | {f"control_{name}": other[name] for name in _COMPARED}
            for row, other in pairs
        ]

    @property
    def first_weights(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Weights of the first layer before and after, each (pixels, units)."""
        after: NDArray[np.float32] = self.classifier.model.get_layer(
            "layer_1"
        ).get_weights()[0]
        return self.stack.layers[0].weights, after


def train(params: Params, data: ImageData, workdir: Path, seed: int) -> Trained:
    """Train layers, classifier and controls, from checkpoints where there are some.

    Args:
        params: Sizes and trainings.
        data: Training and validation split; layers see all images, the classifier and
            its control as many labels as the parameters say.
        workdir: Folder of the checkpoints.
        seed: Seeds weights, shuffling, draws and dropout.
    """
    stack = pretrain(params, data, workdir / "pretraining", seed)
    labelled = draw_labelled(data, params.labels, seed)

    def build_pretrained() -> keras.Model:
        return build_model(params, data.image_shape, data.num_classes, stack.layers)

    def build_control() -> keras.Model:
        return build_model(params, data.image_shape, data.num_classes)

    model, control = (
        train_classifier(build, params, labelled, workdir / name, seed).fold_offsets()
        for build, name in (
            (build_pretrained, "fine_tuning"),
            (build_control, "control"),
        )
    )
    pairs = train_pairs(params, data, stack, seed)
    compared = model.compared_with(control)
    outcome = _outcome(compared.outcome, stack, control, pairs)
    committee = pairs.committee if pairs else None
    return Trained(replace(compared, outcome=outcome), stack, committee)


def _outcome(
    outcome: Outcome, stack: Stack, control: Classifier, pairs: Pairs | None
) -> Outcome:
    """Add the other trainings to the results of the classifier's."""
    chosen = pairs.rates if pairs else {}
    errors = ", ".join(f"{error:.4f}" for error in stack.errors)
    return replace(
        outcome,
        train_seconds=outcome.train_seconds + stack.seconds,
        details={
            **outcome.details,
            "pretraining_seconds": round(stack.seconds, 1),
            "control_seconds": round(control.outcome.train_seconds, 1),
            "reconstruction_mse_of_layers": errors,
            **{f"learning_rate_{name}": rate for name, rate in chosen.items()},
        },
    )
