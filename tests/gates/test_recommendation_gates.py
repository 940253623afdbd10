# SPDX-License-Identifier: Apache-2.0
"""Faults of models of ratings are refused by the metric that is about them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import SIGNATURE_EXAMPLES_FILE
from components.evaluator.ratings.evaluate import evaluate_model
from components.recommendation.factors import FactorModel
from components.recommendation.ratings import Ratings
from components.serving.saved_model import SavedModel
from components.trainer.ratings.export import RatingsModule, Scorer
from tests.support.datasets.ratings import CEILING
from tests.support.gates import failed_checks, judge
from tests.support.models.ratings import (
    draw_ratings,
    permuted,
    scorer_of,
    sound_factors,
    write_model,
)

RECIPES = ("movielens-factors", "movielens-rbm")


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    """The test split of drawn ratings."""
    return draw_ratings().write(tmp_path_factory.mktemp("ratings"))


def _failed(model: Path, split: ExampleSplit) -> set[str]:
    """Names of the checks that a model fails in the gates of both recipes."""
    metrics = evaluate_model(SavedModel(model), split)
    first, second = (failed_checks(recipe, metrics) for recipe in RECIPES)
    return first & second


def test_sound_model_passes_and_its_figures_have_intervals(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = SavedModel(write_model(tmp_path / "1", *scorer_of(sound_factors())))
    metrics = evaluate_model(model, split)
    assert {name for one in RECIPES for name in failed_checks(one, metrics)} == set()
    values = metrics.values
    assert values["test_rmse_low"] < values["test_rmse"] < values["test_rmse_high"]
    assert values["test_rmse_over_ceiling"] == values["test_rmse"] / CEILING
    assert values["baseline_rmse_biases"] > 1.3 * values["test_rmse"]
    assert values["test_rmse_from_nothing"] > 1.3 * values["test_rmse"]
    assert values["test_calibration_error"] < 0.05


def _user_ignored(mask: tf.Tensor, ratings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean of each film, whoever asks."""
    train = draw_ratings().data.train
    sums = np.bincount(train.items, train.values, train.num_items)
    means = sums / np.bincount(train.items, minlength=train.num_items)
    del mask, ratings
    shares = np.full((len(means), 5), 0.2, np.float32)
    return tf.constant(means, tf.float32), tf.constant(shares)


def test_model_that_ignores_the_user_is_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    failed = _failed(write_model(tmp_path / "1", _user_ignored, []), split)
    assert "test_personal_gain.min" in failed


def test_model_that_saw_the_ratings_under_test_is_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    drawn = draw_ratings()
    # Each rating by itself: the film's own factor for every user.
    everything = drawn.data.train.joined(drawn.data.validation).joined(drawn.tested)
    table = np.full((everything.num_users, everything.num_items), 3.0)
    table[everything.users, everything.items] = everything.values
    known = tf.constant(table, tf.float32)

    def score(mask: tf.Tensor, ratings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        gaps = tf.reduce_sum(mask * tf.square(known - ratings), axis=1)
        means = tf.gather(known, tf.argmin(gaps))
        nearest = tf.one_hot(tf.cast(means, tf.int32) - 1, 5)
        return means, 0.9 * nearest + 0.02

    failed = _failed(write_model(tmp_path / "1", score, []), split)
    # Better than any model can be, and than on its own validation split.
    assert {"test_rmse_over_ceiling.min", "test_rmse_over_validation.min"} <= failed


def _filled_with_zeros(ratings: Ratings) -> FactorModel:
    """The book's other way: a singular value decomposition of a filled matrix."""
    filled = np.zeros((ratings.num_users, ratings.num_items))
    filled[ratings.users, ratings.items] = ratings.values
    left, strengths, right = np.linalg.svd(filled, full_matrices=False)
    del left
    factors = (right[:2].T * strengths[:2]) / np.sqrt(ratings.num_users)
    # Users are folded in without a mean, as what is filled in has none.
    return FactorModel(0.0, np.zeros(len(factors)), factors, 1e-6, 1e6, 1.0, 5.0)


def test_missing_ratings_that_are_filled_with_zeros_are_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    model = _filled_with_zeros(draw_ratings().data.train)
    scorer = _filled_scorer(model)
    failed = _failed(write_model(tmp_path / "1", scorer, []), split)
    assert {
        "test_rmse_over_bias_baseline_high.max",
        "test_rmse_over_ceiling.max",
    } <= failed


def _filled_scorer(model: FactorModel) -> Scorer:
    factors = tf.constant(model.item_factors, tf.float32)

    def score(mask: tf.Tensor, ratings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        del mask
        # All films are rows of the regression, those that are not rated as zeros.
        user = tf.linalg.lstsq(factors, ratings[:, tf.newaxis], l2_regularizer=1e-6)
        means = tf.clip_by_value(tf.linalg.matvec(factors, user[:, 0]), 1.0, 5.0)
        return means, tf.fill([len(model.item_bias), 5], 0.2)

    return score


def test_most_probable_rating_in_place_of_the_expected_one_is_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    scorer, variables = scorer_of(sound_factors())

    def score(mask: tf.Tensor, ratings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        _, shares = scorer(mask, ratings)
        return 1.0 + tf.cast(tf.argmax(shares, axis=1), tf.float32), shares

    failed = _failed(write_model(tmp_path / "1", score, variables), split)
    # A rounded mean is further off than the mean, so that the ceiling is missed too.
    assert failed == {
        "test_rmse_argmax_minus_expectation.min",
        "test_rmse_over_ceiling.max",
    }


def test_permuted_films_are_refused(split: ExampleSplit, tmp_path: Path) -> None:
    model = permuted(sound_factors())
    failed = _failed(write_model(tmp_path / "1", *scorer_of(model)), split)
    assert {
        "test_personal_gain.min",
        "test_rmse_over_bias_baseline_high.max",
    } <= failed


class _Forgetful(RatingsModule):
    """A module that recommends what the user has rated, too."""

    def _best(
        self, mask: tf.Tensor, values: tf.Tensor, count: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        inner: Callable[..., dict[str, tf.Tensor]] = super()._best
        scorer = self._scorer
        # The list is made as if nothing had been rated; the scores are as before.
        self._scorer = lambda *_: scorer(mask, values)
        found = inner(tf.zeros_like(mask), values, count)
        self._scorer = scorer
        return found


def test_model_that_recommends_what_the_user_has_rated_is_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    made = write_model(tmp_path / "1", *scorer_of(sound_factors()), _Forgetful)
    assert _failed(made, split) == {"test_recommended_rated_share.max"}


def test_model_that_recommends_by_name_what_validated_it_is_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    drawn = draw_ratings().data
    blind = replace(drawn, validation=drawn.validation.part(slice(0)))
    made = write_model(tmp_path / "1", *scorer_of(sound_factors()), data=blind)
    assert _failed(made, split) == {"test_recommended_rated_share.max"}


def test_model_that_knows_no_user_by_name_is_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    drawn = draw_ratings().data
    others = replace(drawn, users=tuple(f"another {user}" for user in drawn.users))
    made = write_model(tmp_path / "1", *scorer_of(sound_factors()), data=others)
    judged = judge("movielens-factors", made, split, evaluate_model)
    assert judged.metrics.values["test_unknown_users"] == 60
    assert not judged.passed


def test_user_who_rated_nothing_before_is_evaluated(tmp_path: Path) -> None:
    drawn = draw_ratings()
    first = drawn.tested.users[0]
    kept = tuple(
        row
        for row in drawn.rows
        if row.split == "test" or row.item.value("user") != drawn.data.users[first]
    )
    split = replace(drawn, rows=kept).write(tmp_path / "examples")
    model = SavedModel(write_model(tmp_path / "1", *scorer_of(sound_factors())))
    metrics = evaluate_model(model, split)
    assert metrics.values["test_invalid_predictions"] == 0
    (call, *_) = json.loads(metrics.files[SIGNATURE_EXAMPLES_FILE])
    assert call["inputs"]["rated"] == {"dtype": "string", "shape": [0], "values": []}


def test_predictions_that_are_no_numbers_are_refused(
    split: ExampleSplit, tmp_path: Path
) -> None:
    broken = replace(sound_factors(), mean=float("nan"))
    made = write_model(tmp_path / "1", *scorer_of(broken))
    judged = judge("movielens-factors", made, split, evaluate_model)
    assert judged.metrics.values["test_invalid_predictions"] == 120
    assert not judged.passed
