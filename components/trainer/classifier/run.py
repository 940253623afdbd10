# SPDX-License-Identifier: Apache-2.0
"""Run of TFX's Trainer for a classifier of images, whatever its network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from components.contracts.dataset_facts import DatasetFacts
from components.trainer.classifier.export import (
    export_classifier,
    with_probabilities,
)
from components.trainer.classifier.folds import train_with_folds
from components.trainer.classifier.params import ClassifierParams
from components.trainer.classifier.train import Trained
from components.trainer.images.arrays import ImageData
from components.trainer.images.labelled import draw_labelled
from components.trainer.images.run import run_image_model
from components.trainer.loop.tensorboard import write_tensorboard

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
        train: The family's `train`; it gets the labelled images alone.
    """

    def train_on_labels(
        params: Params, data: ImageData, workdir: Path, seed: int
    ) -> Trained:
        labelled = draw_labelled(data, params.labels, seed)
        if not params.folds:
            return train(params, labelled, workdir, seed)
        return train_with_folds(
            lambda part, folder: train(params, part, folder, seed),
            *(labelled, params.folds, workdir, seed),
        )

    run_image_model(
        *(fn_args, params_class, train_on_labels, export_trained, RENDERER),
        write_logs=write_logs,
    )


def export_trained(
    trained: Trained,
    params: ClassifierParams,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write the SavedModel of a trained classifier, with its control if it has one.

    Args:
        trained: The trained classifier.
        params: Its parameters, for the size of its images.
        transform_output: Folder of the transform graph.
        facts: Facts about the data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
    """
    control = trained.control
    export_classifier(
        trained.model,
        trained.temperature,
        transform_output,
        facts,
        folder,
        params.image,
        with_probabilities(control.model, control.temperature) if control else None,
    )


def write_logs(trained: Trained, params: ClassifierParams, folder: Path) -> None:
    """Write what the parameters ask for beside the history.

    Args:
        trained: The trained classifier.
        params: Its parameters.
        folder: Folder of the ModelRun artifact.
    """
    if params.logs == "tensorboard":
        write_tensorboard(trained.history, trained.model, folder)
