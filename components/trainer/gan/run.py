# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for GANs."""

from functools import partial
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from components.core.errors import UsageError
from components.model_store.published import open_published
from components.trainer.gan.export import export_gan
from components.trainer.gan.params import Params
from components.trainer.gan.train import Trained, train
from components.trainer.images.run import run_image_model
from components.trainer.job import Job, read_job

RENDERER: Final = "components.trainer.gan.section"


def run_fn(fn_args: Any) -> None:
    """Train a GAN and export its generator.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    classifier = open_classifier(read_job(fn_args.custom_config))
    run_image_model(
        fn_args,
        Params,
        partial(train, classifier=classifier),
        export_gan,
        RENDERER,
        shown_arrays,
    )


def open_classifier(job: Job) -> Path:
    """Return the folder of the published classifier that the recipe names as `needs`.

    Raises:
        ProdlError: If the recipe names none, or the model is not the published one.
    """
    if job.needs is None:
        raise UsageError(
            f"{job.recipe!r} needs a published classifier, in whose features its "
            "samples are measured.\nWrite into params.yaml, as in mnist-gan:\n"
            "    needs: mnist-cnn"
        )
    return open_published("needs", job.needs)


def shown_arrays(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return the samples of the epochs, which the section "training" shows."""
    return {"samples": trained.samples}
