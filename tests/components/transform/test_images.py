# SPDX-License-Identifier: Apache-2.0
"""Transform of labelled images."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft

from tests.support.datasets.examples import TRAIN_LABELS, Ingested, serialize

pytestmark = pytest.mark.slow


def test_label_becomes_index_and_image_stays_bytes(ingested: Ingested) -> None:
    image = np.arange(784, dtype=np.uint8)

    features = _apply(ingested, image, ["7", "0"])

    assert features["label"].tolist() == [7, 0]
    assert features["label"].dtype == np.int64
    assert features["image"].tolist() == [image.tobytes()] * 2


def test_weights_are_inverse_shares_of_the_train_split_with_mean_1(
    ingested: Ingested,
) -> None:
    image = np.zeros(784, np.uint8)

    labels = [str(label) for label in TRAIN_LABELS]
    weights = _apply(ingested, image, labels)["label_weight"]

    assert weights.dtype == np.float32
    assert weights.mean() == pytest.approx(1.0)
    assert weights[2] == pytest.approx(2 * weights[0])


def test_unknown_class_has_no_index_and_no_weight(ingested: Ingested) -> None:
    features = _apply(ingested, np.zeros(784, np.uint8), ["ten"])

    assert features["label"].tolist() == [-1]
    assert features["label_weight"].tolist() == [0.0]


def test_image_alone_can_be_transformed(ingested: Ingested) -> None:
    """A caller of the served model has no label."""
    layer = tft.TFTransformOutput(str(ingested.graph)).transform_features_layer()

    assert list(layer({"image": tf.constant([b"pixels"])})) == ["image"]


def test_nothing_is_materialized(ingested: Ingested) -> None:
    assert sorted(path.name for path in ingested.graph.iterdir()) == [
        "metadata",
        "transform_fn",
        "transformed_metadata",
    ]


def _apply(
    ingested: Ingested, image: np.ndarray, labels: list[str]
) -> dict[str, np.ndarray]:
    output = tft.TFTransformOutput(str(ingested.graph))
    records = [serialize(image, label, "train/0") for label in labels]
    raw = tf.io.parse_example(records, output.raw_feature_spec())
    features = output.transform_features_layer()(raw)
    return {name: value.numpy() for name, value in features.items()}
