# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for variational autoencoders."""

from pathlib import Path
from typing import Any, Final

from components.trainer.images.run import run_image_model
from components.trainer.job import Job
from components.trainer.training_data import write_training_data
from components.trainer.vae.export import export_vae
from components.trainer.vae.params import Params
from components.trainer.vae.train import Trained, train

RENDERER: Final = "components.trainer.vae.section"


def run_fn(fn_args: Any) -> None:
    """Train a variational autoencoder and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(fn_args, Params, train, export_vae, write_report_data)


def write_report_data(
    folder: Path, job: Job, params: dict[str, Any], trained: Trained
) -> None:
    """Write the data of the section "training".

    Args:
        folder: Folder of the ModelRun artifact.
        job: Description of the training.
        params: The parameters by name.
        trained: The trained model.
    """
    write_training_data(
        folder,
        RENDERER,
        job,
        params,
        trained.outcome,
        trained.history,
        arrays={"samples": trained.samples},
    )
