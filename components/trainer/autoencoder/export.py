# SPDX-License-Identifier: Apache-2.0
"""Write an autoencoder as a SavedModel that takes what callers have in hand.

serving_default   tf.Examples -> their images, given back or freed of noise
encode, decode    images -> code -> images, where the network has a code
reconstruct       images -> images, through the code
denoise           images -> images, where it was trained on noise
denoise_pixels    the same in floats, for noise beyond black and white

Images are uint8, pixels float32 with 0 for black and 1 for white.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from components.trainer.autoencoder.networks import parts
from components.trainer.images.serving import from_images, serve_examples, to_images

if TYPE_CHECKING:
    from components.trainer.autoencoder.train import Params, Trained


def export_autoencoder(
    trained: "Trained",
    params: "Params",
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures.

    Args:
        trained: Its model in float32.
        params: Whether it was trained on noise.
        transform_output: Folder of the transform graph.
        facts: The data set, for the shape and encoding of an image.
        folder: Where to write.
    """
    import keras
    import tensorflow as tf

    model, shape = trained.model, facts.image_shape

    def restore(images: Any) -> dict[str, Any]:
        return {IMAGES: to_images(model(from_images(images), training=False))}

    def restore_pixels(pixels: Any) -> dict[str, Any]:
        restored = model(pixels, training=False)
        return {PIXELS: tf.clip_by_value(restored, 0.0, 1.0)}

    images = tf.TensorSpec([None, *shape], tf.uint8, name=IMAGES)
    pixels = tf.TensorSpec([None, *shape], tf.float32, name=PIXELS)
    endpoints: dict[str, Any] = {}
    if params.noise:
        endpoints[DENOISE] = (restore, images)
        endpoints[DENOISE_PIXELS] = (restore_pixels, pixels)
    if halves := parts(model):
        endpoints |= _of_code(*halves, images)
        endpoints[RECONSTRUCT] = (restore, images)

    serve, layer = serve_examples(restore, transform_output, facts)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(layer)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    for name, (function, spec) in endpoints.items():
        archive.add_endpoint(name, tf.function(function, input_signature=[spec]))
    archive.write_out(str(folder), verbose=False)


def _of_code(encoder: Any, decoder: Any, images: Any) -> dict[str, Any]:
    import tensorflow as tf

    def encode(images: Any) -> dict[str, Any]:
        return {CODE: encoder(from_images(images), training=False)}

    def decode(code: Any) -> dict[str, Any]:
        return {IMAGES: to_images(decoder(code, training=False))}

    code = tf.TensorSpec([None, decoder.input_shape[-1]], tf.float32, name=CODE)
    return {ENCODE: (encode, images), DECODE: (decode, code)}
