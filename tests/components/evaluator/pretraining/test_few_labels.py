# SPDX-License-Identifier: Apache-2.0
"""Pairs of networks on few labels: accuracies, gain and its interval over draws."""

from pathlib import Path

import numpy as np
import pytest

from components.core.errors import ProdlError
from components.evaluator.pretraining.evaluate import few_labels_values
from components.evaluator.pretraining.few_labels import measure_pairs
from components.serving.saved_model import SavedModel
from tests.support.models.classifiers import CLASSES
from tests.support.models.few_labels import write_networks, write_split


def test_gain_is_a_mean_over_draws_with_the_interval_of_student(tmp_path: Path) -> None:
    split = write_split(tmp_path / "examples")
    pretrained, from_scratch = (0.92, 0.96, 0.94), (0.9, 0.92, 0.88)
    model = SavedModel(write_networks(tmp_path / "1", pretrained, from_scratch))
    pairs = measure_pairs(model, split, CLASSES)

    np.testing.assert_allclose(pairs[600].pretrained, pretrained)
    np.testing.assert_allclose(pairs[600].from_scratch, from_scratch)
    values = few_labels_values(pairs, "test")
    gain = "test_pretraining_gain"
    assert values[f"{gain}_600_labels"] == pytest.approx(0.04)
    # The 97.5 % quantile of Student's t with two degrees of freedom is 4.303.
    half = 4.303 * 0.02 / np.sqrt(3)
    assert values[f"{gain}_low_600_labels"] == pytest.approx(0.04 - half, abs=1e-4)
    assert values[f"{gain}_high_600_labels"] == pytest.approx(0.04 + half, abs=1e-4)
    assert values["baseline_accuracy_no_pretraining_600_labels"] == pytest.approx(0.9)


def test_networks_that_are_not_as_many_as_recorded_are_refused(tmp_path: Path) -> None:
    split = write_split(tmp_path / "examples")
    model = SavedModel(write_networks(tmp_path / "1", (0.9, 0.9), (0.8, 0.8), seeds=3))
    with pytest.raises(ProdlError, match="1 x 3 x 2 by its provenance"):
        measure_pairs(model, split, CLASSES)
