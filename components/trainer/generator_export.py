# SPDX-License-Identifier: Apache-2.0
"""Write a generator of images as a SavedModel: count and seed in, pictures out.

`sample` takes two integers and repeats itself exactly; `serving_default` takes the
noise itself, for whoever wants to walk from one picture to another. There is no
signature that takes tf.Examples: a generator reads none.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.items import DatasetFacts
from components.trainer.adversarial import Noise, draw_noise, to_images

if TYPE_CHECKING:
    from components.trainer.gan import Params, Trained

IMAGES: Final = "images"


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
        params: What noise it takes.
        transform_output: Folder of the transform graph.
        facts: The data set.
        folder: Where to write.
    """
    export_generator(trained.generator, params.noise, folder)


def export_generator(generator: Any, noise: Noise, folder: Path) -> None:
    """Write a SavedModel with both signatures.

    Args:
        generator: Keras model in float32 from noise to images from -1 to 1.
        noise: What noise it takes.
        folder: Where to write.
    """
    import keras
    import tensorflow as tf

    size = generator.input_shape[-1]

    def make(latent: Any) -> dict[str, Any]:
        return {IMAGES: to_images(generator(latent, training=False))}

    def sample(count: Any, seed: Any) -> dict[str, Any]:
        return make(draw_noise(noise, count, size, tf.stack([seed, 0])))

    whole = [tf.TensorSpec([], tf.int32, name=name) for name in ("count", "seed")]
    latent = [tf.TensorSpec([None, size], tf.float32, name="noise")]
    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint("serving_default", tf.function(make, input_signature=latent))
    archive.add_endpoint("sample", tf.function(sample, input_signature=whole))
    archive.write_out(str(folder), verbose=False)
