# SPDX-License-Identifier: Apache-2.0
"""Gradient-weighted class activation map (Grad-CAM, Selvaraju et al. 2017).

It is the sum of the last feature maps, each weighted by the mean gradient of the
largest logit with respect to it, with negative values set to 0.
"""

import keras
import tensorflow as tf


def split_at_last_maps(model: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Split a model at its last feature maps (n, rows, columns, maps).

    Args:
        model: Keras model from images to logits.

    Returns:
        A model from images to feature maps and one from those to logits; None for a
        model without feature maps.
    """
    for layer in reversed(model.layers):
        if not isinstance(layer.input, keras.KerasTensor):
            continue
        num_axes = len(layer.input.shape), len(layer.output.shape)
        if num_axes[0] == 4 and num_axes[1] < 4:
            # A backbone is one layer with several inner outputs; the input of the layer
            # behind it is the output that the model uses.
            maps = layer.input
            return None if maps is model.input else _split_at(model, maps)
    return None


def _split_at(
    model: keras.Model, maps: keras.KerasTensor
) -> tuple[keras.Model, keras.Model] | None:
    try:
        return keras.Model(model.input, maps), keras.Model(maps, model.output)
    except ValueError:
        # A network of the user's own may have another way around the maps.
        return None


def grad_cam(
    feature_model: keras.Model, head: keras.Model, images: tf.Tensor
) -> tf.Tensor:
    """Compute the class activation map of the largest logit.

    Args:
        feature_model: Model from images to feature maps (n, rows, columns, maps).
        head: Model from feature maps to logits (n, classes).
        images: uint8 (n, height, width, channels).

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
