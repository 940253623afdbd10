# SPDX-License-Identifier: Apache-2.0
"""Settings and limits of a recipe for ratings, from rivals on the data themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from components.contracts.splits import TEST, TRAIN, VALIDATION
from components.core.errors import DataRefused
from components.core.number_format import format_number
from components.evaluator.ratings.histories import Histories
from components.evaluator.ratings.metric_names import FACTORS, ITEM_MEAN
from components.evaluator.ratings.rivals import fit_rivals
from components.recommendation.ratings import Ratings, root_mean_square
from pipelines.new_recipe.fitted import FittedRecipe, Limit, allowed_share
from pipelines.new_recipe.items import RecipeItems, SplitItem

# Ratio to the error on the validation split: a model that has seen the answers is far
# below it.
_ALIKE: Final = {"min": 0.8, "max": 1.3}


def fit_ratings(data: RecipeItems, trainer: Mapping[str, Any]) -> FittedRecipe:
    """Fit settings and limits to ratings.

    Args:
        data: The ratings.
        trainer: Parameters that stay where nothing is fitted.

    Raises:
        DataRefused: The training or the test split has no ratings.
    """
    for split in (TRAIN, TEST):
        if not data.of(split):
            raise DataRefused(
                f"data set {data.source_list.dataset!r}: expected ratings in each "
                f"split.\nReceived none in {split!r}: users with few ratings are for "
                "training alone."
            )
    rivals = {rival.name: rival for rival in fit_rivals(_histories(data))}
    actual = np.array([one.item.value("target") for one in data.of(TEST)])
    errors = {n: root_mean_square(r.means - actual) for n, r in rivals.items()}
    share = min(errors.values()) / (errors[ITEM_MEAN] or 1.0)
    limits = (
        Limit(
            "test_rmse_over_item_mean",
            {"max": min(1.0, allowed_share(share)), "not_worse_by": 0.02},
            f"The best rival has {share:.2g} of the error of the mean of each item.",
        ),
        Limit(
            "test_rmse_over_validation",
            _ALIKE,
            "A model that has seen the answers is far better on them.",
        ),
        Limit("test_recommended_rated_share", {"max": 0.0}, "Nothing twice."),
    )
    best = rivals[FACTORS]
    sizes: dict[str, Any] = {}
    notes: dict[str, str] = {}
    if "hidden" not in trainer:
        sizes = {"factors": best.num_factors, "ridge": best.ridge}
        notes = {"factors": "chosen on the last ratings of training"}
    figures = {n: f"RMSE {format_number(error, 3)}" for n, error in errors.items()}
    return FittedRecipe({**trainer, **sizes}, limits, notes, figures)


def _histories(data: RecipeItems) -> Histories:
    """Ratings as the evaluation reads them, of items that were read for a look."""
    parts = [data.of(split) for split in (TRAIN, VALIDATION, TEST)]
    ordered = [sorted(part, key=lambda o: o.item.value("time")) for part in parts[:2]]
    everything = [one for part in parts for one in part]
    users = {name: n for n, name in enumerate(_names(everything, "user"))}
    items = {name: n for n, name in enumerate(_names(everything, "item"))}
    train, validation = (_ratings(part, users, items) for part in ordered)
    layout = data.source_list.ratings
    assert layout is not None  # noqa: S101 - the modality is `ratings`
    return Histories(
        train=train,
        history=train.joined(validation),
        tested=_ratings(parts[2], users, items),
        users=tuple(users),
        items=tuple(items),
        titles=("",) * len(items),
        item_ids=tuple(one.item.item_id for one in parts[2]),
        values=np.array(layout.values),
        num_known_items=len(items),
    )


def _names(found: Sequence[SplitItem], column: str) -> list[str]:
    return list(dict.fromkeys(one.item.value(column) for one in found))


def _ratings(
    found: Sequence[SplitItem], users: Mapping[str, int], items: Mapping[str, int]
) -> Ratings:
    return Ratings(
        np.array([users[one.item.value("user")] for one in found], np.int64),
        np.array([items[one.item.value("item")] for one in found], np.int64),
        np.array([one.item.value("target") for one in found], np.float64),
        len(users),
        len(items),
    )
