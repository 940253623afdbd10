# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for language models."""

from typing import Any, Final

from components.trainer.language.params import Params
from components.trainer.language.train import train
from components.trainer.language.workflow import run_language_model

RENDERER: Final = "components.trainer.language.section"


def run_fn(fn_args: Any) -> None:
    """Train a language model and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_language_model(fn_args, Params, train, RENDERER)
