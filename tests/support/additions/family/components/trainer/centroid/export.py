# SPDX-License-Identifier: Apache-2.0
"""Export of a nearest-centroid classifier as a SavedModel."""

from pathlib import Path

import keras
import tensorflow as tf
from components.trainer.centroid.params import Params
from components.trainer.centroid.train import Trained

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    IMAGES,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.trainer.images.serving import serve_examples, to_unit_interval


def export_model(
    trained: Trained,
    params: Params,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with the signatures `serving_default` and `predict_images`.

    Args:
        trained: The classifier.
        params: Its parameters.
        transform_output: Folder of the transform graph.
        facts: The data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
    """
    centroids = tf.constant(trained.centroids)

    def predict(images: tf.Tensor) -> dict[str, tf.Tensor]:
        flat = tf.reshape(to_unit_interval(images), [-1, 1, centroids.shape[1]])
        distances = tf.reduce_sum(tf.square(flat - centroids), axis=-1)
        return {PROBABILITIES: tf.nn.softmax(-params.sharpness * distances)}

    serve, transform_layer = serve_examples(predict, transform_output, facts)
    pixels = tf.TensorSpec([None, *facts.image_shape], tf.uint8, name=IMAGES)
    archive = keras.export.ExportArchive()
    archive.track(transform_layer)
    archive.add_endpoint(SERVING_DEFAULT, serve)
    archive.add_endpoint(PREDICT_IMAGES, tf.function(predict, input_signature=[pixels]))
    archive.write_out(str(folder), verbose=False)
