# SPDX-License-Identifier: Apache-2.0
"""Write a classifier of images as a SavedModel that takes what callers have in hand.

`serving_default` takes serialized tf.Examples, as TFMA hands them over, and runs the
transform graph; `predict_images` takes uint8 pixels, and so does `features`, which
answers with what the logits are computed from. Where images are photographs,
`predict_encoded` takes the bytes of files, and `explain` says which parts of them the
answer rests on. Decoding, scaling and temperature are inside.
"""

from pathlib import Path
from typing import Any

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import IMAGE
from components.contracts.signatures import (
    FEATURES,
    IMAGES,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.trainer.classifier.photo_export import add_photo_signatures
from components.trainer.images.input_pipeline import decode_images
from components.trainer.images.resizing import Framing, framed_shape


def export_classifier(
    model: Any,
    temperature: float,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
    framing: Framing = Framing(),  # noqa: B008 - frozen
) -> None:
    """Write a SavedModel with its signatures.

    Args:
        model: Keras model in float32 from uint8 images to logits, which its last layer
            computes.
        temperature: What the logits are divided by.
        transform_output: Folder of the transform graph.
        facts: The data set, for the shape and encoding of an image.
        folder: Where to write.
        framing: The model's image size. Defaults to that of the data set.
    """
    import keras
    import tensorflow as tf
    import tensorflow_transform as tft

    transform = tft.TFTransformOutput(transform_output)
    transform_layer = transform.transform_features_layer()
    raw_spec = {IMAGE: transform.raw_feature_spec()[IMAGE]}

    penultimate = keras.Model(model.input, model.layers[-1].input)

    def predict(images: Any) -> dict[str, Any]:
        logits = model(images, training=False)
        return {PROBABILITIES: tf.nn.softmax(logits / temperature)}

    def features(images: Any) -> dict[str, Any]:
        return {FEATURES: penultimate(images, training=False)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        raw = tf.io.parse_example(examples, raw_spec)
        return predict(decode_images(transform_layer(raw)[IMAGE], facts, framing))

    pixels = tf.TensorSpec([None, *framed_shape(facts, framing)], tf.uint8, name=IMAGES)
    archive = keras.export.ExportArchive()
    archive.track(model)
    # The layer's tables and files go into the SavedModel with it.
    archive.track(transform_layer)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    archive.add_endpoint(PREDICT_IMAGES, tf.function(predict, input_signature=[pixels]))
    archive.add_endpoint(FEATURES, tf.function(features, input_signature=[pixels]))
    if facts.has_photographs:
        add_photo_signatures(archive, model, predict, framing)
    archive.write_out(str(folder), verbose=False)
