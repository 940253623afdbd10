# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for factors of ratings."""

from typing import Any, Final

from components.trainer.factors.params import Params
from components.trainer.factors.train import train
from components.trainer.ratings.workflow import run_ratings_model

RENDERER: Final = "components.trainer.factors.section"


def run_fn(fn_args: Any) -> None:
    """Fit factors and export them.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_ratings_model(fn_args, Params, train, RENDERER)
