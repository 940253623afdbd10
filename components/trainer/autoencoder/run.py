# SPDX-License-Identifier: Apache-2.0
"""Entry point of TFX's Trainer for autoencoders."""

from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.autoencoder.export import export_autoencoder
from components.trainer.autoencoder.networks import encoder_and_decoder
from components.trainer.autoencoder.params import Params
from components.trainer.autoencoder.train import Trained, train
from components.trainer.images.run import run_image_model

RENDERER: Final = "components.trainer.autoencoder.section"
# More would make the record larger than the page that shows them.
MAX_WEIGHT_IMAGES: Final = 100


def run_fn(fn_args: Any) -> None:
    """Train an autoencoder and export it.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    run_image_model(fn_args, Params, train, export_autoencoder, RENDERER, shown_arrays)


def shown_arrays(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return the weights of the units, which the section "training" shows."""
    weights = weight_images(trained.model)
    return {} if weights is None else {"encoder_weights": weights}


def weight_images(model: keras.Model) -> NDArray[np.float32] | None:
    """Return the weights of the first units of a one-layer encoder, as images.

    Args:
        model: An autoencoder.

    Returns:
        float32 (units, height, width, channels); None for other networks.
    """
    networks = encoder_and_decoder(model)
    variables = networks[0].get_weights() if networks else []
    if len(variables) != 2:  # the kernel of one layer and its bias
        return None
    kernel: NDArray[np.float32] = variables[0]
    return kernel.T.reshape(-1, *model.input_shape[1:])[:MAX_WEIGHT_IMAGES]
