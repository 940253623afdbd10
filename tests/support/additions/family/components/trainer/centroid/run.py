# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for nearest-centroid classifiers."""

from typing import Any, Final

from components.trainer.centroid.export import export_model
from components.trainer.centroid.params import Params
from components.trainer.centroid.train import train

from components.trainer.images.run import run_image_model

RENDERER: Final = "components.trainer.centroid.section"


def run_fn(fn_args: Any) -> None:
    """Train and export a classifier.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(fn_args, Params, train, export_model, RENDERER)
