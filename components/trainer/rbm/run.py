# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for restricted Boltzmann machines."""

from typing import Any, Final

from numpy.typing import NDArray

from components.trainer.images.run import run_image_model
from components.trainer.rbm.export import export_rbm
from components.trainer.rbm.params import Params
from components.trainer.rbm.train import Trained, train

RENDERER: Final = "components.trainer.rbm.section"


def run_fn(fn_args: Any) -> None:
    """Train a restricted Boltzmann machine and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(fn_args, Params, train, export_rbm, RENDERER, shown_arrays)


def shown_arrays(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return the samples of the epochs, which the section "training" shows."""
    return {"samples": trained.samples}
