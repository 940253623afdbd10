# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for restricted Boltzmann machines of ratings."""

from typing import Any, Final

from components.trainer.ratings.workflow import run_ratings_model
from components.trainer.ratings_rbm.params import Params
from components.trainer.ratings_rbm.train import train

RENDERER: Final = "components.trainer.ratings_rbm.section"


def run_fn(fn_args: Any) -> None:
    """Train a machine and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_ratings_model(fn_args, Params, train, RENDERER)
