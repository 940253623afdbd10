# SPDX-License-Identifier: Apache-2.0
"""Run of TFX's Trainer for a classifier of images, whatever its network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from components.contracts.dataset_facts import DatasetFacts
from components.trainer.classifier.export import export_classifier
from components.trainer.classifier.params import ClassifierParams
from components.trainer.classifier.train import Trained
from components.trainer.images.arrays import ImageData
from components.trainer.images.run import run_image_model

RENDERER: Final = "components.trainer.classifier.section"

Params = TypeVar("Params", bound=ClassifierParams)


def run_classifier(
    fn_args: Any,
    params_class: type[Params],
    train: Callable[[Params, ImageData, Path, int], Trained],
) -> None:
    """Read the examples, train, export the model and record the training.

    Args:
        fn_args: TFX's `FnArgs`.
        params_class: The family's `Params`.
        train: The family's `train`.
    """
    run_image_model(fn_args, params_class, train, _export, RENDERER)


def _export(
    trained: Trained,
    params: ClassifierParams,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    model, temperature = trained.model, trained.temperature
    export_classifier(model, temperature, transform_output, facts, folder, params.image)
