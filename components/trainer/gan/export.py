# SPDX-License-Identifier: Apache-2.0
"""Write a generator of images as a SavedModel: count and seed in, pictures out.

sample            count and seed -> images; the same seed gives the same ones
sample_class      count, seed and index of a class -> images of it, if there are classes
serving_default   rows of the latent -> images, to walk from one picture to another

There is no signature that takes tf.Examples: a generator reads none.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from components.trainer.gan.model import to_images
from components.trainer.generative.latent import Latent

if TYPE_CHECKING:
    from components.trainer.gan.train import Params, Trained


def export_gan(
    trained: "Trained",
    params: "Params",
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write the generator of a GAN, which needs neither transform graph nor data set.

    Args:
        trained: Its averaged generator in float32.
        params: How it was trained.
        transform_output: Folder of the transform graph.
        facts: The data set.
        folder: Where to write.
    """
    export_generator(trained.generator, trained.latent, folder)


def export_generator(generator: Any, latent: Latent, folder: Path) -> None:
    """Write a SavedModel with its signatures.

    Args:
        generator: Keras model in float32 from rows of the latent to images from -1
            to 1.
        latent: What it makes images of.
        folder: Where to write.
    """
    import keras
    import tensorflow as tf

    def make(rows: Any) -> dict[str, Any]:
        return {IMAGES: to_images(generator(rows, training=False))}

    def sample(count: Any, seed: Any) -> dict[str, Any]:
        return make(latent.draw(count, tf.stack([seed, 0])))

    def sample_class(count: Any, seed: Any, label: Any) -> dict[str, Any]:
        is_class = tf.logical_and(label >= 0, label < latent.classes)
        told = [f"label: expected 0 to {latent.classes - 1}, received", label]
        with tf.control_dependencies([tf.debugging.Assert(is_class, told)]):
            return make(latent.draw(count, tf.stack([seed, 0]), tf.identity(label)))

    rows = [tf.TensorSpec([None, latent.width], tf.float32, name=LATENT)]
    count, seed, label = (
        tf.TensorSpec([], tf.int32, name=name) for name in (COUNT, SEED, LABEL)
    )
    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint(SERVING_DEFAULT, tf.function(make, input_signature=rows))
    archive.add_endpoint(SAMPLE, tf.function(sample, input_signature=[count, seed]))
    if latent.classes:
        of_class = tf.function(sample_class, input_signature=[count, seed, label])
        archive.add_endpoint(SAMPLE_CLASS, of_class)
    archive.write_out(str(folder), verbose=False)
