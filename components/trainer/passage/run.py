# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for the memorisation of a passage."""

from typing import Any, Final

from components.trainer.language.workflow import run_language_model
from components.trainer.passage.params import Params
from components.trainer.passage.train import train

RENDERER: Final = "components.trainer.passage.section"


def run_fn(fn_args: Any) -> None:
    """Train a network on one passage and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_language_model(fn_args, Params, train, RENDERER)
