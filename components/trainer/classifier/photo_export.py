# SPDX-License-Identifier: Apache-2.0
"""Signatures that only models of photographs have: for files, and for reasons.

`explain` is Grad-CAM: the gradient of the winning logit tells which maps of the last
image-like layer speak for it, and where those are strong is where the model looks. The
gradient is part of the exported graph, so a caller needs neither Keras nor our code.
"""

from collections.abc import Callable
from typing import Any

from components.contracts.signatures import EXPLAIN, IMAGES, PREDICT_ENCODED
from components.trainer.images.resizing import Framing, decode_photographs


def add_photo_signatures(
    archive: Any,
    model: Any,
    predict: Callable[[Any], dict[str, Any]],
    framing: Framing,
) -> None:
    """Add `predict_encoded` and `explain` to an export.

    Args:
        archive: A `keras.export.ExportArchive` that tracks the model.
        model: Keras model from uint8 images to logits.
        predict: uint8 images -> what the other signatures answer.
        framing: The model's image size.
    """
    import tensorflow as tf

    files = tf.TensorSpec([None], tf.string, name="encoded")

    @tf.function(input_signature=[files])
    def predict_encoded(encoded: Any) -> dict[str, Any]:
        return predict(decode_photographs(encoded, framing))

    archive.add_endpoint(PREDICT_ENCODED, predict_encoded)
    halves = _split_at_last_map(model)
    if halves is None:
        return

    @tf.function(input_signature=[files])
    def explain(encoded: Any) -> dict[str, Any]:
        images = decode_photographs(encoded, framing)
        return {IMAGES: images, "heatmap": _heatmap(*halves, images)}

    archive.add_endpoint(EXPLAIN, explain)


def _split_at_last_map(model: Any) -> tuple[Any, Any] | None:
    """From images to the last image-like tensor, and on to the logits; None without."""
    import keras

    for layer in reversed(model.layers):
        shapes = len(layer.input.shape), len(layer.output.shape)
        if shapes[0] == 4 and shapes[1] < 4:
            # Of a base, only the layer behind it knows which of its outputs this is.
            maps = layer.input
            return keras.Model(model.input, maps), keras.Model(maps, model.output)
    return None


def _heatmap(look: Any, judge: Any, images: Any) -> Any:
    """How much each place speaks for the winning class: 0 to 1, (batch, h, w)."""
    import tensorflow as tf

    maps = look(images, training=False)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(maps)
        winning = tf.reduce_max(judge(maps, training=False), axis=1)
    slopes = tape.gradient(winning, maps)
    weights = tf.reduce_mean(slopes, axis=[1, 2], keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1))
    most = tf.reduce_max(heat, axis=[1, 2], keepdims=True)
    return tf.math.divide_no_nan(heat, most)
