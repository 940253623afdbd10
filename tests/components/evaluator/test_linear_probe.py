# SPDX-License-Identifier: Apache-2.0
"""A probe tells what a code carries, and learns from training images alone."""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.decomposition import PCA

from components.evaluator import linear_probe
from components.evaluator.evaluation import read_examples
from components.evaluator.gate import read_gate
from components.evaluator.likelihood import metric_names as likelihood
from components.evaluator.linear_probe import (
    Features,
    measure_probes,
    probe_accuracy,
    read_training_images,
)
from components.evaluator.linear_probe_names import CODE, COMPONENTS, PIXELS
from components.evaluator.reconstruction import metric_names as reconstruction
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import DATASET, write_examples

NUM_TRAIN, NUM_TEST, CLASSES = 300, 200, 4
RANDOM = np.random.default_rng(0)
CLASS_OF = {
    "train": np.arange(NUM_TRAIN) % CLASSES,
    "test": np.arange(NUM_TEST) % CLASSES,
}
LABELS = Features(*(places.astype(str) for places in CLASS_OF.values()))
NOISE = Features(*(RANDOM.normal(size=(n, 6)) for n in (NUM_TRAIN, NUM_TEST)))


def _telling() -> Features:
    """Codes one of whose numbers is higher, by class."""
    shifts = (4 * np.eye(CLASSES, 6)[places] for places in CLASS_OF.values())
    noise = (NOISE.train, NOISE.test)
    return Features(*(a + b for a, b in zip(shifts, noise, strict=True)))


def test_code_that_carries_the_class_is_told_from_noise() -> None:
    assert probe_accuracy(LABELS, _telling()) > 0.9
    assert probe_accuracy(LABELS, NOISE) == pytest.approx(1 / CLASSES, abs=0.1)


def test_labels_under_test_are_not_learnt() -> None:
    moved = Features(LABELS.train, np.roll(LABELS.test, 1))
    assert probe_accuracy(moved, _telling()) < 0.1


def test_scale_of_a_feature_does_not_matter() -> None:
    codes, scales = _telling(), 10.0 ** np.arange(-3, 3)
    scaled = Features(codes.train * scales + 5, codes.test * scales + 5)
    found, expected = (probe_accuracy(LABELS, one) for one in (scaled, codes))
    assert found == pytest.approx(expected, abs=0.01)


def test_rivals_are_the_pixels_and_as_many_components() -> None:
    # The class is in the fourth component: a code of two numbers lacks it.
    scales = np.array([8.0, 6.0, 4.0, 1.0])
    signs = [2 * (places % 2) - 1.0 for places in CLASS_OF.values()]
    parts = []
    for sign in signs:
        rows = RANDOM.normal(size=(len(sign), 4)) * scales
        rows[:, 3] = sign + 0.1 * rows[:, 3]
        parts.append(rows.reshape(-1, 2, 2, 1))
    labels, pixels = Features(*(s.astype(str) for s in signs)), Features(*parts)
    pca = PCA().fit(pixels.train.reshape(NUM_TRAIN, -1))
    codes = Features(*(part.reshape(len(part), -1)[:, 2:] for part in parts))
    probe = measure_probes(labels, codes, pixels, pca)
    assert probe.values[CODE] == probe.values[PIXELS] == 1
    assert probe.values[COMPONENTS] < 0.65
    low, high = probe.facts["intervals"][COMPONENTS]
    assert low < probe.values[COMPONENTS] < high


def test_components_of_rounding_are_no_features() -> None:
    rows = NOISE.train[:, :2] @ RANDOM.normal(size=(2, 6))
    pca = PCA().fit(rows.astype(np.float32))
    assert linear_probe._project(rows, pca, 6).shape == (NUM_TRAIN, 2)


def test_choice_of_training_images_ignores_the_order_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_probe, "MOST_FITTED", 15)
    labels = np.arange(40) % 10
    images = draw_digits(labels, seed=3)
    chosen = []
    for shards in (1, 3):
        folder = tmp_path / str(shards)
        write_examples(folder, images, labels.tolist(), "train", shards)
        split = read_examples(folder, "test", json.dumps(DATASET), 10)
        chosen.append(read_training_images(split))
    one, other = chosen
    assert one
    assert other
    assert len(one.labels) == len(one.images) == 15
    assert one.labels.tolist() == other.labels.tolist()
    np.testing.assert_array_equal(one.images, other.images)
    drawn = {image.tobytes(): str(k) for image, k in zip(images, labels, strict=True)}
    assert [drawn[image.tobytes()] for image in one.images] == one.labels.tolist()


@pytest.mark.parametrize("known", [likelihood, reconstruction])
def test_gate_may_ask_for_the_probe(known: ModuleType) -> None:
    (limit,) = read_gate({CODE: {"min": 0.9}}, "gate", known.METRIC_NAMES)
    assert limit.metric == CODE
