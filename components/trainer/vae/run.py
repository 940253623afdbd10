# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for variational autoencoders."""

from typing import Any, Final

from numpy.typing import NDArray

from components.trainer.images.run import run_image_model
from components.trainer.vae.export import export_vae
from components.trainer.vae.params import Params
from components.trainer.vae.train import Trained, train

RENDERER: Final = "components.trainer.vae.section"


def run_fn(fn_args: Any) -> None:
    """Train a variational autoencoder and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(fn_args, Params, train, export_vae, RENDERER, shown_arrays)


def shown_arrays(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return the samples of the epochs, which the section "training" shows."""
    return {"samples": trained.samples}
