# SPDX-License-Identifier: Apache-2.0
"""Whitened images: no correlation, a variance of one, and bounded values."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
from sklearn.datasets import load_digits

from components.trainer.cnn.run import run_fn
from components.trainer.images.arrays import read_images
from components.trainer.images.preparation import to_bytes
from components.transform.whitening import (
    EPSILON,
    Kind,
    Moments,
    SumMoments,
    whitening_matrix,
)
from tests.support.datasets.examples import CLASSES, Ingested, run_transform
from tests.support.training.runs import FACTS, prepare_run
from tests.support.training.tiny import PARAMS as TINY

DIGITS = load_digits().data / 16  # 1,797 of 8 x 8 pixels
TRAIN, HELD_OUT = DIGITS[:1200], DIGITS[1200:]


def _moments(images: np.ndarray, num_batches: int = 3) -> Moments:
    combiner = SumMoments()
    parts = [combiner.add_input(None, (batch,)) for batch in np.array_split(images, 3)]
    return combiner.extract_output(combiner.merge_accumulators([None, *parts]))


def _whitened(images: np.ndarray, kind: Kind) -> np.ndarray:
    return (images - TRAIN.mean(axis=0)) @ whitening_matrix(_moments(TRAIN), kind)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_kept_directions_are_uncorrelated_with_variance_one(kind: Kind) -> None:
    variances, directions = np.linalg.eigh(np.cov(TRAIN.T, bias=True))
    whitened = _whitened(TRAIN, kind)
    turned = whitened @ (directions if kind == "zca" else np.eye(64)[:, ::-1])

    covariance = np.cov(turned.T, bias=True)
    expected = np.diag(variances / (variances + EPSILON))
    np.testing.assert_allclose(covariance, expected, atol=1e-5)
    kept = variances > 10 * EPSILON
    assert kept.sum() > 10
    np.testing.assert_allclose(covariance[kept][:, kept], np.eye(kept.sum()), atol=0.1)


def test_components_come_by_falling_variance() -> None:
    shrunk = _whitened(TRAIN, "pca").var(axis=0)

    assert np.all(np.diff(shrunk) < 1e-9)


def test_zca_looks_like_the_image() -> None:
    varies = TRAIN.std(axis=0) > 0.01

    pairs = zip(TRAIN.T[varies], _whitened(TRAIN, "zca").T[varies], strict=True)
    assert np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs]) > 0.8


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_images_of_another_split_stay_bounded(kind: Kind) -> None:
    """Pixels that never vary in training have a variance of nothing."""
    assert np.abs(_whitened(HELD_OUT, kind)).max() < 8


@pytest.mark.slow
def test_transform_holds_the_matrix_as_a_constant(
    ingested: Ingested, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))
    pixels = {"filters": ["gaussian 3"], "whitening": "zca", "shape": [28, 28, 1]}
    graph = run_transform(
        ingested.examples,
        tmp_path / "graph",
        ["train", "validation"],
        config={"classes": CLASSES, "pixels": pixels},
    )
    read = partial(read_images, transform_output=str(graph), facts=FACTS)
    train, held_out = (read(ingested.files(n)).images for n in ("train", "validation"))

    assert train.dtype == np.float32
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-4)
    flat = train.reshape(len(train), -1)
    assert np.linalg.eigvalsh(np.cov(flat.T, bias=True)).max() == pytest.approx(
        1, abs=0.02
    )
    layer = tft.TFTransformOutput(str(graph)).transform_features_layer()
    images = tf.constant(ingested.validation_images[..., np.newaxis])
    served = tf.function(lambda images: layer({"image": to_bytes(images)})["image"])
    np.testing.assert_allclose(served(images), held_out, atol=1e-5)
    loaded = tf.saved_model.load(str(graph / "transform_fn"))
    operations = {
        node.type
        for node in loaded.signatures["serving_default"].graph.get_operations()
    }
    assert not operations & {"SelfAdjointEigV2", "Svd", "Eig"}
    _check_export(replace(ingested, graph=graph), tmp_path / "run")


def _check_export(ingested: Ingested, folder: Path) -> None:
    """A classifier answers alike for the bytes of an example and for uint8 pixels."""
    params = replace(TINY, layers=("dense 8",), epochs=1, batch_norm=False)
    run = prepare_run(folder, ingested, params)
    run_fn(run.fn_args)

    served = run.model.signatures
    images = ingested.validation_images[..., np.newaxis]
    (file,) = (ingested.examples / "Split-validation").glob("*")
    records = list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())
    by_examples = served["serving_default"](examples=tf.constant(records))
    by_pixels = served["predict_images"](images=tf.constant(images))
    for name, rows in by_examples.items():
        np.testing.assert_allclose(rows, by_pixels[name], rtol=1e-4, atol=1e-6)
