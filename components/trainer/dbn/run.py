# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for deep belief nets."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.trainer.classifier.run import write_logs
from components.trainer.dbn.export import export_dbn
from components.trainer.dbn.params import Params
from components.trainer.dbn.train import Trained, train
from components.trainer.images.run import run_image_model

RENDERER: Final = "components.trainer.dbn.section"
_UNITS_SHOWN: Final = 100


def run_fn(fn_args: Any) -> None:
    """Train and export a classifier whose layers are pretrained.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(
        *(fn_args, Params, train, export_dbn, RENDERER, shown_arrays),
        write_logs=lambda trained, params, folder: write_logs(
            trained.classifier, params, folder
        ),
    )


def shown_arrays(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return weights of the first layer before and after, (units, height, width, 1)."""
    shape = trained.classifier.model.input_shape[1:]
    before, after = trained.first_weights
    return {
        "weights_before": _images(before, shape),
        "weights_after": _images(after, shape),
    }


def _images(weights: NDArray[Any], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    shown = weights.T[:_UNITS_SHOWN]
    # Grey is 0; each unit has a scale of its own.
    largest = np.abs(shown).max(axis=1, keepdims=True) + 1e-12
    grey = np.round(255 * (0.5 + 0.5 * shown / largest)).astype(np.uint8)
    images: NDArray[np.uint8] = grey.reshape(-1, *shape)
    return images
