# SPDX-License-Identifier: Apache-2.0
"""Export of a classifier of images as a SavedModel, and for Keras.

Its signatures are

* `serving_default`: serialized tf.Examples, as TFMA sends them, through the transform
  graph;
* `predict_images`: uint8 pixels;
* `features`: uint8 pixels to the inputs of the last layer, if those are vectors;
* `predict_control`: uint8 pixels to the probabilities of the network from scratch that
  the model is compared with, if there is one;
* for photographs, `predict_encoded` and `explain`: see photo_export.py.

Decoding, resizing, filters, whitening, scaling and temperature are part of the graph.
`model.keras` maps the pixels of `predict_images` to the same probabilities; where
Transform filters or whitens them, its outputs in their place.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import keras
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE
from components.contracts.signatures import (
    FEATURES,
    IMAGES,
    PREDICT_CONTROL,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.trainer.classifier.photo_export import add_photo_signatures
from components.trainer.images.params import ImageSize
from components.trainer.images.preparation import pixel_preparation
from components.trainer.images.resizing import input_shape
from components.trainer.images.serving import ServingFunction, serve_examples
from components.trainer.keras_file import free_name, write_keras_file


def export_classifier(
    model: keras.Model,
    temperature: float,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
    size: ImageSize = ImageSize(),  # noqa: B008 - frozen
    control: keras.Model | None = None,
    others: Mapping[str, keras.Model] = MappingProxyType({}),
) -> None:
    """Write a SavedModel with its signatures, and `model.keras`.

    Args:
        model: Keras model in float32 from uint8 images (n, height, width, channels) to
            logits (n, classes).
        temperature: Divisor of the logits.
        transform_output: Folder of the transform graph.
        facts: The data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
        size: Size of the model's images. Defaults to that of the data set.
        control: The network that the evaluation compares it with, from images to
            probabilities. Defaults to none.
        others: Signature -> a further model from uint8 images to probabilities.
            Defaults to none.
    """

    def predict(images: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model(images, training=False)
        return {PROBABILITIES: tf.nn.softmax(logits / temperature)}

    def prepare(encoded: tf.Tensor) -> tf.Tensor:
        return transform_layer({IMAGE: encoded})[IMAGE]

    serve, transform_layer = serve_examples(predict, transform_output, facts, size)
    pixels = tf.TensorSpec([None, *input_shape(facts, size)], tf.uint8, name=IMAGES)
    prepare_pixels = pixel_preparation(transform_output, transform_layer)

    def of_pixels(function: ServingFunction) -> tf.types.experimental.Callable:
        return tf.function(
            lambda images: function(prepare_pixels(images)), input_signature=[pixels]
        )

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(transform_layer)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    archive.add_endpoint(PREDICT_IMAGES, of_pixels(predict))
    rivals = dict(others) if control is None else {PREDICT_CONTROL: control, **others}
    for name, rival in rivals.items():
        archive.track(rival)
        archive.add_endpoint(name, of_pixels(_probabilities(rival)))
    if (features := _features(model)) is not None:
        archive.add_endpoint(FEATURES, of_pixels(features))
    if facts.item_kind.has_encoded_pictures:
        add_photo_signatures(archive, model, predict, prepare, size)
    archive.write_out(str(folder), verbose=False)
    write_keras_file(with_probabilities(model, temperature), folder)


def with_probabilities(model: keras.Model, temperature: float) -> keras.Model:
    """Add temperature and softmax to a classifier, as layers of Keras.

    Args:
        model: From images to logits.
        temperature: Divisor of the logits.
    """
    scale = keras.layers.Rescaling(
        1 / temperature, name=free_name(model, "temperature")
    )
    softmax = keras.layers.Softmax(name=free_name(model, PROBABILITIES))
    return keras.Model(model.input, softmax(scale(model.output)))


def _probabilities(model: keras.Model) -> ServingFunction:
    return lambda images: {PROBABILITIES: model(images, training=False)}


def _features(model: keras.Model) -> ServingFunction | None:
    """The function up to the input of the last layer; None if that is no vector."""
    last = model.layers[-1].input
    if not isinstance(last, keras.KerasTensor) or len(last.shape) != 2:
        return None
    penultimate = keras.Model(model.input, last)
    return lambda images: {FEATURES: penultimate(images, training=False)}
