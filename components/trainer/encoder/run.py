# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for classifiers on an encoder."""

from functools import partial
from typing import Any

import keras

from components.core.errors import UsageError
from components.model_store.published import open_published
from components.trainer.classifier.run import run_classifier
from components.trainer.encoder.model import read_encoder
from components.trainer.encoder.params import Params
from components.trainer.encoder.train import train
from components.trainer.job import Job, read_job


def run_fn(fn_args: Any) -> None:
    """Train and export a classifier, with its control.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    encoder = open_encoder(read_job(fn_args.custom_config))
    run_classifier(fn_args, Params, partial(train, encoder=encoder))


def open_encoder(job: Job) -> keras.Model:
    """Return the encoder of the published model that the recipe names as `needs`.

    Raises:
        UsageError: If the recipe names none, or the model has no encoder.
        ProdlError: If the model is not the published one.
    """
    if job.needs is None:
        raise UsageError(
            f"{job.recipe!r} needs a published autoencoder, whose encoder it uses.\n"
            "Write into params.yaml, as in mnist-ae-classifier:\n"
            "    needs: mnist-sparse-ae"
        )
    return read_encoder(open_published("needs", job.needs))
