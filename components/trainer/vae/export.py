# SPDX-License-Identifier: Apache-2.0
"""Write a variational autoencoder as a SavedModel that takes what callers have in hand.

serving_default   tf.Examples -> images, given back from the means of their codes
encode            images -> mean and log-variance of their codes
decode            codes -> images, and the logit of each pixel
sample            count and seed -> images; the same seed gives the same ones

Images are uint8, and those made show how probable white is. Images to encode are
binarised at middle grey, as the model knows no other, unless it was trained on grey
ones; what is black and white already stays as it is.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    CODE,
    COUNT,
    IMAGES,
    LOG_VARIANCE,
    LOGITS,
    MEAN,
    SEED,
    SERVING_DEFAULT,
)
from components.images.binarisation import Binarisation, binarise
from components.trainer.generative.latent import Latent
from components.trainer.images.serving import serve_examples, to_images

if TYPE_CHECKING:
    from components.trainer.vae.train import Params, Trained


def export_vae(
    trained: "Trained",
    params: "Params",
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures.

    Args:
        trained: Encoder and decoder in float32.
        params: How the images were binarised.
        transform_output: Folder of the transform graph.
        facts: The data set, for the shape and encoding of an image.
        folder: Where to write.
    """
    import keras
    import tensorflow as tf

    encoder, decoder = trained.encoder, trained.decoder
    rule: Binarisation = "grey" if params.binarisation == "grey" else "threshold"

    def encode(images: Any) -> dict[str, Any]:
        pixels = binarise(images, rule, [0, 0])
        mean, log_variance = encoder(pixels, training=False)
        return {MEAN: mean, LOG_VARIANCE: log_variance}

    def decode(code: Any) -> dict[str, Any]:
        logits = decoder(code, training=False)
        return {IMAGES: to_images(tf.sigmoid(logits)), LOGITS: logits}

    def sample(count: Any, seed: Any) -> dict[str, Any]:
        code = Latent(params.latent_size).draw(count, tf.stack([seed, 0]))
        return {IMAGES: decode(code)[IMAGES]}

    def reconstruct(images: Any) -> dict[str, Any]:
        return {IMAGES: decode(encode(images)[MEAN])[IMAGES]}

    shape = [None, *facts.image_shape]
    specs = {
        encode: [tf.TensorSpec(shape, tf.uint8, name=IMAGES)],
        decode: [tf.TensorSpec([None, params.latent_size], tf.float32, name=CODE)],
        sample: [tf.TensorSpec([], tf.int32, name=name) for name in (COUNT, SEED)],
    }
    serve, layer = serve_examples(reconstruct, transform_output, facts)
    archive = keras.export.ExportArchive()
    for part in (encoder, decoder, layer):
        archive.track(part)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    for function, spec in specs.items():
        endpoint = tf.function(function, input_signature=spec)
        archive.add_endpoint(function.__name__, endpoint)
    archive.write_out(str(folder), verbose=False)
