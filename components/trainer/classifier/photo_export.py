# SPDX-License-Identifier: Apache-2.0
"""Signatures of classifiers of photographs: encoded files, and Grad-CAM.

`explain` computes the gradient-weighted class activation map (Grad-CAM, Selvaraju et
al. 2017): the feature maps of the last convolutional layer, weighted by the mean
gradient of the largest logit with respect to each map. The gradient is part of the
exported graph, so a caller needs neither Keras nor this project.
"""

import keras
import tensorflow as tf

from components.contracts.signatures import EXPLAIN, IMAGES, PREDICT_ENCODED
from components.trainer.images.params import ImageSize
from components.trainer.images.resizing import decode_photographs
from components.trainer.images.serving import ServingFunction


def add_photo_signatures(
    archive: keras.export.ExportArchive,
    model: keras.Model,
    predict: ServingFunction,
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
        size: Size of the model's images.
    """
    files = tf.TensorSpec([None], tf.string, name="encoded")

    @tf.function(input_signature=[files])
    def predict_encoded(encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        return predict(decode_photographs(encoded, size))

    archive.add_endpoint(PREDICT_ENCODED, predict_encoded)
    parts = _split_at_last_maps(model)
    if parts is None:
        return

    @tf.function(input_signature=[files])
    def explain(encoded: tf.Tensor) -> dict[str, tf.Tensor]:
        images = decode_photographs(encoded, size)
        return {IMAGES: images, "heatmap": _grad_cam(*parts, images)}

    archive.add_endpoint(EXPLAIN, explain)


def _split_at_last_maps(model: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Split a model at its last feature maps (n, rows, columns, maps).

    Returns:
        A model from images to feature maps and one from those to logits; None for a
        model without feature maps.
    """
    for layer in reversed(model.layers):
        num_axes = len(layer.input.shape), len(layer.output.shape)
        if num_axes[0] == 4 and num_axes[1] < 4:
            # A backbone is one layer with several inner outputs; the input of the layer
            # behind it is the output that the model uses.
            maps = layer.input
            return keras.Model(model.input, maps), keras.Model(maps, model.output)
    return None


def _grad_cam(
    feature_model: keras.Model, head: keras.Model, images: tf.Tensor
) -> tf.Tensor:
    """Compute the class activation map of the largest logit.

    Returns:
        float32 (n, rows, columns), scaled to a maximum of 1.
    """
    maps = feature_model(images, training=False)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(maps)
        largest_logit = tf.reduce_max(head(maps, training=False), axis=1)
    gradients = tape.gradient(largest_logit, maps)
    weights = tf.reduce_mean(gradients, axis=[1, 2], keepdims=True)
    heatmap = tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1))
    highest = tf.reduce_max(heatmap, axis=[1, 2], keepdims=True)
    return tf.math.divide_no_nan(heatmap, highest)
