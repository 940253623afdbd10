# SPDX-License-Identifier: Apache-2.0
"""Export a restricted Boltzmann machine as a SavedModel.

serving_default   tf.Examples -> images reconstructed by one step there and back
reconstruct       images -> the same
free_energy       images -> free energy in nats, -log p but for a constant
hidden            images -> probabilities of the hidden units
sample            count and seed -> images at the end of a long chain
sample_steps      the same, with the length of the chain
parameters        nothing -> weights, biases, logits of the base rates of the data

Images are uint8 (n, height, width, channels); those returned hold the probability of
white. Images that come in are binarised at middle grey. Chains start at the base rates,
never at an image; the same seed gives the same images.
"""

import math
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    BASE_BIAS,
    COUNT,
    FREE_ENERGY,
    HIDDEN,
    HIDDEN_BIAS,
    IMAGES,
    RECONSTRUCT,
    SEED,
    SERVING_DEFAULT,
    STEPS,
    VISIBLE_BIAS,
    WEIGHTS,
)
from components.images.binarisation import binarise
from components.sampling.boltzmann import Boltzmann, draw_bernoulli
from components.trainer.images.serving import serve_examples, to_uint8
from components.trainer.rbm.params import Params
from components.trainer.rbm.train import Trained

# Function of a signature -> specifications of its inputs.
Signatures = dict[Callable[..., dict[str, tf.Tensor]], list[tf.TensorSpec]]


def export_rbm(
    trained: Trained,
    params: Params,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures.

    Args:
        trained: The machine.
        params: Length of the chains of a sample.
        transform_output: Folder of the transform graph.
        facts: Facts about the data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
    """
    found = vars(trained.machine).items()
    variables = {name: tf.Variable(part, trainable=False) for name, part in found}
    base = tf.Variable(trained.base, trainable=False)
    signatures = machine_signatures(
        Boltzmann(**variables), base, facts.image_shape, params.sample_steps
    )
    (reconstruct,) = (one for one in signatures if one.__name__ == RECONSTRUCT)
    serve, layer = serve_examples(reconstruct, transform_output, facts)
    archive = keras.export.ExportArchive()
    archive.track(layer)
    archive.machine = [*variables.values(), base]
    archive.add_endpoint(SERVING_DEFAULT, serve)
    for function, signature in signatures.items():
        endpoint = tf.function(function, input_signature=signature)
        archive.add_endpoint(function.__name__, endpoint)
    archive.write_out(str(folder), verbose=False)


def machine_signatures(
    machine: Boltzmann, base: tf.Variable, image_shape: tuple[int, ...], steps: int
) -> Signatures:
    """Make the signatures of a machine but `serving_default`, each named by its name.

    Args:
        machine: Weights and biases, as variables.
        base: Logits of the base rates, as a variable.
        image_shape: Height, width and channels.
        steps: Length of the chains of a sample.
    """
    shape = [-1, *image_shape]

    def visible(images: tf.Tensor) -> tf.Tensor:
        pixels = binarise(images, "threshold", [0, 0])
        return tf.reshape(pixels, [tf.shape(pixels)[0], math.prod(image_shape)])

    def reconstruct(images: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = machine.reconstruct(visible(images))
        return {IMAGES: tf.reshape(to_uint8(pixels), shape)}

    def free_energy(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {FREE_ENERGY: machine.free_energy(visible(images))}

    def hidden(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {HIDDEN: tf.sigmoid(machine.hidden_logits(visible(images)))}

    def sample_steps(
        count: tf.Tensor, seed: tf.Tensor, steps: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        rates = tf.repeat(tf.sigmoid(base)[tf.newaxis], count, axis=0)
        start = draw_bernoulli(rates, tf.stack([seed, 0]))
        end = machine.walk(start, steps, tf.stack([seed, 1]))
        return {IMAGES: tf.reshape(to_uint8(machine.reconstruct(end)), shape)}

    def sample(count: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        return sample_steps(count, seed, tf.constant(steps))

    def parameters() -> dict[str, tf.Tensor]:
        return {
            WEIGHTS: tf.identity(machine.weights),
            VISIBLE_BIAS: tf.identity(machine.visible_bias),
            HIDDEN_BIAS: tf.identity(machine.hidden_bias),
            BASE_BIAS: tf.identity(base),
        }

    images = [tf.TensorSpec([None, *image_shape], tf.uint8, name=IMAGES)]
    whole = [tf.TensorSpec([], tf.int32, name=name) for name in (COUNT, SEED, STEPS)]
    return {
        reconstruct: images,
        free_energy: images,
        hidden: images,
        sample: whole[:2],
        sample_steps: whole,
        parameters: [],
    }
