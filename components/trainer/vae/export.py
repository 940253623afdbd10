# SPDX-License-Identifier: Apache-2.0
"""Export a variational autoencoder as a SavedModel.

serving_default   tf.Examples -> images reconstructed from the posterior means
encode            images -> mean and log-variance of the posterior
decode            latent variables -> images, and the logit of each pixel, or of its
                  mean grey level
sample            count and seed -> images; the same seed gives the same images

Images are uint8 (n, height, width, channels); those returned hold the probability of
white, or grey levels. Images to encode are binarised at middle grey, as the model was
trained on black and white, unless it was trained on grey pixels.
"""

from pathlib import Path

import keras
import tensorflow as tf

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
from components.trainer.images.serving import serve_examples, to_uint8
from components.trainer.vae.params import Params
from components.trainer.vae.train import Trained


def export_vae(
    trained: Trained,
    params: Params,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures.

    Args:
        trained: Encoder and decoder in float32.
        params: Binarisation and latent size.
        transform_output: Folder of the transform graph.
        facts: Facts about the data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
    """
    encoder, decoder = trained.encoder, trained.decoder
    rule: Binarisation = "grey" if params.binarisation == "grey" else "threshold"

    def encode(images: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = binarise(images, rule, [0, 0])
        mean, log_variance = encoder(pixels, training=False)
        return {MEAN: mean, LOG_VARIANCE: log_variance}

    def decode(code: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = decoder(code, training=False)
        return {IMAGES: to_uint8(tf.sigmoid(logits)), LOGITS: logits}

    def sample(count: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        code = Latent(params.latent_size).draw(count, tf.stack([seed, 0]))
        return {IMAGES: decode(code)[IMAGES]}

    def reconstruct(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {IMAGES: decode(encode(images)[MEAN])[IMAGES]}

    shape = [None, *facts.image_shape]
    signatures = {
        encode: [tf.TensorSpec(shape, tf.uint8, name=IMAGES)],
        decode: [tf.TensorSpec([None, params.latent_size], tf.float32, name=CODE)],
        sample: [tf.TensorSpec([], tf.int32, name=name) for name in (COUNT, SEED)],
    }
    serve, layer = serve_examples(reconstruct, transform_output, facts)
    archive = keras.export.ExportArchive()
    for part in (encoder, decoder, layer):
        archive.track(part)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    for function, signature in signatures.items():
        endpoint = tf.function(function, input_signature=signature)
        archive.add_endpoint(function.__name__, endpoint)
    archive.write_out(str(folder), verbose=False)
