# SPDX-License-Identifier: Apache-2.0
"""Cross-validation of a classifier."""

from pathlib import Path

import numpy as np
import pytest

from components.trainer.classifier.folds import assign_folds, train_with_folds
from components.trainer.classifier.train import Trained
from components.trainer.images.arrays import ImageData
from components.trainer.provenance import Outcome
from tests.support.training.tiny import make_data


def test_each_item_is_in_one_fold_and_each_class_in_all() -> None:
    labels = np.repeat(np.arange(3), [9, 12, 30])
    folds = assign_folds(labels, 3, seed=1)

    assert sorted(set(folds)) == [0, 1, 2]
    counts = [np.bincount(labels[folds == fold]).tolist() for fold in range(3)]
    assert counts == [[3, 4, 10]] * 3
    assert (folds != assign_folds(labels, 3, seed=2)).any()


def test_more_folds_than_items_of_a_class_are_refused() -> None:
    with pytest.raises(ValueError, match="folds: expected at most 2"):
        assign_folds(np.array([0, 0, 0, 1, 1]), 3, seed=1)


def test_each_fold_is_held_out_once_and_the_model_sees_all(tmp_path: Path) -> None:
    data, seen, held_out = make_data(), list[int](), list[bytes]()

    def train(part: ImageData, folder: Path) -> Trained:
        size = len(part.train)
        trained_on = {image.tobytes() for image in part.train.images}
        held = [image.tobytes() for image in part.validation.images]
        assert not trained_on & set(held)
        seen.append(size)
        held_out.extend(held)
        accuracy = len(seen) / 10
        outcome = Outcome(1, 1, 0.0, "", "", {"accuracy": accuracy, "log_loss": 1.0})
        return Trained(None, 1.0, [], outcome)

    trained = train_with_folds(train, data, 4, tmp_path, seed=1)

    # 100 images; then the model, on all of them and the validation split.
    assert seen == [75, 75, 75, 75, 100]
    everything = sorted(image.tobytes() for image in data.train.images)
    assert sorted(held_out[:100]) == everything
    details = trained.outcome.details
    assert details["fold_accuracy_mean"] == pytest.approx(0.25)
    assert details["fold_accuracy_deviation"] == pytest.approx(0.129099, rel=1e-4)
    assert trained.outcome.validation["accuracy"] == 0.5
