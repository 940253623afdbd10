# SPDX-License-Identifier: Apache-2.0
"""Signatures of classifiers of photographs: encoded files, and Grad-CAM.

Decoding and the gradient of Grad-CAM are part of the exported graph, so a caller needs
neither Keras nor this project.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

from components.contracts.signatures import EXPLAIN, IMAGES, PREDICT_ENCODED
from components.trainer.classifier.grad_cam import grad_cam, split_at_last_maps
from components.trainer.images.params import ImageSize
from components.trainer.images.resizing import decode_photographs
from components.trainer.images.serving import ServingFunction


def add_photo_signatures(
    archive: keras.export.ExportArchive,
    model: keras.Model,
    predict: ServingFunction,
    prepare: Callable[[tf.Tensor], tf.Tensor],
    size: ImageSize,
) -> None:
    """Add `predict_encoded` and, if the model has feature maps, `explain`.

    `predict_encoded` maps the bytes of JPEG or PNG files, string (n,), to the outputs
    of `predict`. `explain` maps them to `images`, uint8 (n, size, size, 3), and
    `heatmap`, float32 (n, rows, columns) from 0 to 1.

    Args:
        archive: The export, which tracks the model.
        model: Keras model from uint8 images to logits.
        predict: Outputs of the other signatures for uint8 images.
        prepare: The transform graph, from files to files, string (n,).
        size: Size of the model's images.
    """
    files = tf.TensorSpec([None], tf.string, name="encoded")

    @tf.function(input_signature=[files])
    def predict_encoded(encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict(decode_photographs(prepare(encoded), size))

    archive.add_endpoint(PREDICT_ENCODED, predict_encoded)
    parts = split_at_last_maps(model)
    if parts is None:
        return

    @tf.function(input_signature=[files])
    def explain(encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        images = decode_photographs(prepare(encoded), size)
        return {IMAGES: images, "heatmap": grad_cam(*parts, images)}

    archive.add_endpoint(EXPLAIN, explain)
