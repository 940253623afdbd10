# SPDX-License-Identifier: Apache-2.0
"""Export of a classifier of images as a SavedModel.

Its signatures are

* `serving_default`: serialized tf.Examples, as TFMA sends them, through the transform
  graph;
* `predict_images`: uint8 pixels;
* `features`: uint8 pixels to the inputs of the last layer;
* for photographs, `predict_encoded` and `explain`: see photo_export.py.

Decoding, resizing, scaling and temperature are part of the graph.
"""

from pathlib import Path

import keras
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    FEATURES,
    IMAGES,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.trainer.classifier.photo_export import add_photo_signatures
from components.trainer.images.params import ImageSize
from components.trainer.images.resizing import input_shape
from components.trainer.images.serving import serve_examples


def export_classifier(
    model: keras.Model,
    temperature: float,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
    size: ImageSize = ImageSize(),  # noqa: B008 - frozen
) -> None:
    """Write a SavedModel with its signatures.

    Args:
        model: Keras model in float32 from uint8 images (n, height, width, channels) to
            logits (n, classes), which its last layer computes.
        temperature: Divisor of the logits.
        transform_output: Folder of the transform graph.
        facts: The data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
        size: Size of the model's images. Defaults to that of the data set.
    """
    penultimate = keras.Model(model.input, model.layers[-1].input)

    def predict(images: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model(images, training=False)
        return {PROBABILITIES: tf.nn.softmax(logits / temperature)}

    def features(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {FEATURES: penultimate(images, training=False)}

    serve, transform_layer = serve_examples(predict, transform_output, facts, size)
    pixels = tf.TensorSpec([None, *input_shape(facts, size)], tf.uint8, name=IMAGES)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(transform_layer)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    archive.add_endpoint(PREDICT_IMAGES, tf.function(predict, input_signature=[pixels]))
    archive.add_endpoint(FEATURES, tf.function(features, input_signature=[pixels]))
    if facts.item_kind.has_encoded_pictures:
        add_photo_signatures(archive, model, predict, size)
    archive.write_out(str(folder), verbose=False)
