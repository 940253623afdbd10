# SPDX-License-Identifier: Apache-2.0
"""Export a generator as a SavedModel.

sample            count and seed -> images; the same seed gives the same images
sample_class      count, seed and class index -> images, of a conditional generator
serving_default   latent vectors -> images, for instance to interpolate between two

No signature takes tf.Examples: a generator has no data as input. Images are uint8
(n, height, width, channels).
"""

from pathlib import Path

import keras
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    COUNT,
    IMAGES,
    LABEL,
    LATENT,
    SAMPLE,
    SAMPLE_CLASS,
    SEED,
    SERVING_DEFAULT,
)
from components.trainer.gan.model import scale_to_uint8
from components.trainer.gan.params import Params
from components.trainer.gan.train import Trained
from components.trainer.generative.latent import Latent


def export_gan(
    trained: Trained,
    params: Params,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Export the generator of a GAN; parameters, transform graph and facts are unused.

    Args:
        trained: The trained GAN.
        params: Its parameters.
        transform_output: Folder of the transform graph.
        facts: Facts about the data set.
        folder: Folder of the SavedModel.
    """
    export_generator(trained.generator, trained.latent, folder)


def export_generator(generator: keras.Model, latent: Latent, folder: Path) -> None:
    """Write a SavedModel with its signatures.

    Args:
        generator: float32 model from latent vectors to images from -1 to 1.
        latent: Distribution of its latent vectors.
        folder: Folder of the SavedModel.
    """

    def generate(vectors: tf.Tensor) -> dict[str, tf.Tensor]:
        return {IMAGES: scale_to_uint8(generator(vectors, training=False))}

    def sample(count: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        return generate(latent.draw(count, tf.stack([seed, 0])))

    def sample_class(
        count: tf.Tensor, seed: tf.Tensor, label: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        is_class = tf.logical_and(label >= 0, label < latent.num_classes)
        message = [f"label: expected 0 to {latent.num_classes - 1}, received", label]
        with tf.control_dependencies([tf.debugging.Assert(is_class, message)]):
            return generate(latent.draw(count, tf.stack([seed, 0]), tf.identity(label)))

    vectors = [tf.TensorSpec([None, latent.width], tf.float32, name=LATENT)]
    count, seed, label = (
        tf.TensorSpec([], tf.int32, name=name) for name in (COUNT, SEED, LABEL)
    )
    endpoints = {SERVING_DEFAULT: (generate, vectors), SAMPLE: (sample, [count, seed])}
    if latent.num_classes:
        endpoints[SAMPLE_CLASS] = (sample_class, [count, seed, label])
    archive = keras.export.ExportArchive()
    archive.track(generator)
    for name, (function, signature) in endpoints.items():
        archive.add_endpoint(name, tf.function(function, input_signature=signature))
    archive.write_out(str(folder), verbose=False)
