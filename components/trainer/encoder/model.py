# SPDX-License-Identifier: Apache-2.0
"""Network of a classifier on an encoder: the encoder, and one layer on its code."""

from pathlib import Path

import keras

from components.core.errors import UsageError
from components.model_store.published import KERAS_FILE
from components.trainer.encoder.params import Params
from components.trainer.images.preparation import image_input

# Name of the inner model of an autoencoder.
ENCODER = "encoder"


def read_encoder(folder: Path) -> keras.Model:
    """Read the encoder of a published autoencoder.

    Args:
        folder: Folder of the model.

    Raises:
        UsageError: If the model has no encoder.
    """
    file = folder / KERAS_FILE
    model = keras.saving.load_model(file, compile=False) if file.exists() else None
    inner = {layer.name: layer for layer in model.layers} if model else {}
    encoder = inner.get(ENCODER)
    if not isinstance(encoder, keras.Model):
        raise UsageError(
            f"{folder}: expected an autoencoder with a code, whose {KERAS_FILE} has an "
            f"inner model {ENCODER!r}.\nReceived {', '.join(inner) or 'no such file'}. "
            "Name such a recipe as needs: mnist-sparse-ae"
        )
    return encoder


def build_model(
    params: Params,
    encoder: keras.Model,
    num_classes: int,
    from_scratch: bool = False,
) -> keras.Model:
    """Build the network from uint8 images to logits.

    Args:
        params: Whether the encoder is trained, and the dropout.
        encoder: The published encoder, from pixels from 0 to 1 to codes; copied.
        num_classes: Number of logits.
        from_scratch: Whether the encoder starts from random weights and is trained:
            the control. Defaults to False.
    """
    images, pixels = image_input(encoder.input_shape[1:], "uint8")
    copy = keras.models.clone_model(encoder)
    if not from_scratch:
        copy.set_weights(encoder.get_weights())
        copy.trainable = params.mode == "fine_tuned"
    code = keras.layers.Flatten()(copy(pixels))
    if params.dropout:
        code = keras.layers.Dropout(params.dropout)(code)
    # In float32 also where the other layers compute in less.
    logits = keras.layers.Dense(num_classes, dtype="float32", name="logits")(code)
    return keras.Model(images, logits)
