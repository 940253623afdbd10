# SPDX-License-Identifier: Apache-2.0
"""Factors are trained by sweeps, and exported with a fold-in of new users."""

import numpy as np
import pytest
import tensorflow as tf

from components.recommendation.ratings import rating_shares
from components.trainer.factors.export import make_scorer
from components.trainer.factors.params import Params
from components.trainer.factors.train import train
from tests.support.datasets.ratings import LAYOUT
from tests.support.models.ratings import DEVIATION, draw_ratings, sound_factors


def test_best_sweep_and_other_numbers_of_factors_are_noted() -> None:
    data = draw_ratings().data
    trained = train(Params(factors=1, ridge=1.0, sweeps=5, compared=(0, 2)), data, 1)
    errors = [row["val_rmse"] for row in trained.history]
    assert trained.outcome.validation["rmse"] == pytest.approx(min(errors))
    by_factors = dict(trained.facts["by_factors"])
    assert set(by_factors) == {0, 1, 2}
    assert by_factors[1] < 0.8 * by_factors[0]
    assert trained.outcome.num_parameters == 1 + 30 + 30


def test_exported_fold_in_says_the_same() -> None:
    model = sound_factors()
    scorer, _ = make_scorer(model, DEVIATION, LAYOUT.values)
    items, values = np.array([2, 5, 6]), np.array([5.0, 1.0, 4.0])
    mask, ratings = np.zeros((2, 30), np.float32)
    mask[items], ratings[items] = 1, values
    means, shares = scorer(tf.constant(mask), tf.constant(ratings))
    wanted = model.scores(model.fold_in(items, values))
    assert means.numpy() == pytest.approx(wanted, abs=1e-5)
    expected = rating_shares(wanted, DEVIATION, LAYOUT.values)
    assert shares.numpy() == pytest.approx(expected, abs=1e-5)
