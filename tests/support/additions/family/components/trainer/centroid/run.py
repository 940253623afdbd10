# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for nearest-centroid classifiers."""

from pathlib import Path
from typing import Any, Final

from components.trainer.centroid.export import export_model
from components.trainer.centroid.params import Params
from components.trainer.centroid.train import Trained, train

from components.trainer.images.run import run_image_model
from components.trainer.job import Job
from components.trainer.training_data import write_training_data

RENDERER: Final = "components.trainer.centroid.section"


def run_fn(fn_args: Any) -> None:
    """Train and export a classifier.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(fn_args, Params, train, export_model, _write_data)


def _write_data(
    folder: Path, job: Job, params: dict[str, Any], trained: Trained
) -> None:
    write_training_data(folder, RENDERER, job, params, trained.outcome, trained.history)
