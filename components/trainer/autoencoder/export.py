# SPDX-License-Identifier: Apache-2.0
"""Export an autoencoder as a SavedModel, and for Keras.

serving_default   tf.Examples -> images, reconstructed or denoised
encode, decode    images -> code -> images, of a network with a code
reconstruct       images -> images, through the code
denoise           images -> images, of a model trained on noise
denoise_pixels    the same with float pixels, as noise exceeds black and white

`model.keras` maps pixels to pixels, as `denoise_pixels`.

Images are uint8 (n, height, width, channels), pixels float32 with 0 for black and 1 for
white.
"""

from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    CODE,
    DECODE,
    DENOISE,
    DENOISE_PIXELS,
    ENCODE,
    IMAGES,
    PIXELS,
    RECONSTRUCT,
    SERVING_DEFAULT,
)
from components.trainer.autoencoder.networks import encoder_and_decoder
from components.trainer.autoencoder.params import Params
from components.trainer.autoencoder.train import Trained
from components.trainer.images.serving import serve_examples, to_uint8, to_unit_interval
from components.trainer.keras_file import write_keras_file

# A function of one tensor, and the specification of that tensor.
_Endpoint = tuple[Callable[[tf.Tensor], dict[str, tf.Tensor]], tf.TensorSpec]


def export_autoencoder(
    trained: Trained,
    params: Params,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures, and `model.keras`.

    Args:
        trained: The trained model in float32.
        params: Its parameters; `noise` decides which signatures it has.
        transform_output: Folder of the transform graph.
        facts: Facts about the data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
    """
    model, shape = trained.model, facts.image_shape

    def reconstruct(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {IMAGES: to_uint8(model(to_unit_interval(images), training=False))}

    def reconstruct_pixels(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        reconstructed = model(pixels, training=False)
        return {PIXELS: tf.clip_by_value(reconstructed, 0.0, 1.0)}

    images = tf.TensorSpec([None, *shape], tf.uint8, name=IMAGES)
    pixels = tf.TensorSpec([None, *shape], tf.float32, name=PIXELS)
    endpoints: dict[str, _Endpoint] = {}
    if params.noise:
        endpoints[DENOISE] = (reconstruct, images)
        endpoints[DENOISE_PIXELS] = (reconstruct_pixels, pixels)
    if networks := encoder_and_decoder(model):
        endpoints |= _code_endpoints(*networks, images)
        endpoints[RECONSTRUCT] = (reconstruct, images)

    serve, layer = serve_examples(reconstruct, transform_output, facts)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(layer)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    for name, (function, spec) in endpoints.items():
        archive.add_endpoint(name, tf.function(function, input_signature=[spec]))
    archive.write_out(str(folder), verbose=False)
    # Clips to black and white.
    clipped = keras.layers.ReLU(max_value=1.0)(model.output)
    write_keras_file(keras.Model(model.input, clipped), folder)


def _code_endpoints(
    encoder: keras.Model, decoder: keras.Model, images: tf.TensorSpec
) -> dict[str, _Endpoint]:
    def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {CODE: encoder(to_unit_interval(images), training=False)}

    def decode(code: tf.Tensor) -> dict[str, tf.Tensor]:
        return {IMAGES: to_uint8(decoder(code, training=False))}

    code = tf.TensorSpec([None, decoder.input_shape[-1]], tf.float32, name=CODE)
    return {ENCODE: (encode, images), DECODE: (decode, code)}
