# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for convolutional classifiers of images."""

from typing import Any

from components.trainer.classifier.run import run_classifier
from components.trainer.cnn.params import Params
from components.trainer.cnn.train import train


def run_fn(fn_args: Any) -> None:
    """Train and export a classifier.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_classifier(fn_args, Params, train)
