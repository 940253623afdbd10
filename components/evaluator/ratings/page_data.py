# SPDX-License-Identifier: Apache-2.0
"""Data of the page on a model of ratings: slices, histograms, recommendations."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.ratings.figures import estimate_part, sum_by_user
from components.evaluator.ratings.histories import Histories
from components.recommendation.ratings import Ids, Numbers

_USERS_SHOWN: Final = 3
_LIKED_SHOWN: Final = 5
_RECOMMENDED_SHOWN: Final = 5
_BINS: Final = 24
_QUARTERS: Final = 4


def page_facts(
    means: Numbers, listed: Mapping[int, Ids], found: Histories
) -> dict[str, Any]:
    """Return what the page shows beside the figures.

    Args:
        means: Expected ratings of the split under test.
        listed: User -> recommended items.
        found: The ratings.
    """
    return {
        "slices": [
            *_slices(means, found, _activity(found), "ratings of the user before"),
            *_slices(means, found, _popularity(found), "ratings of the item"),
        ],
        "recommended": [
            _recommended(user, listed[user], found) for user in _drawn(listed)
        ],
    }


def page_arrays(means: Numbers, found: Histories) -> dict[str, NDArray[Any]]:
    """Return histograms of predicted and of real ratings over the same bins."""
    low, high = float(found.values[0]), float(found.values[-1])
    margin = (high - low) / (len(found.values) - 1) / 2
    edges = np.linspace(low - margin, high + margin, _BINS + 1)
    counts = [np.histogram(one, edges)[0] for one in (found.tested.values, means)]
    return {"rating_counts": np.stack(counts), "rating_edges": edges}


def _activity(found: Histories) -> Ids:
    counts = np.bincount(found.history.users, minlength=found.history.num_users)
    return np.asarray(counts[found.tested.users], np.int64)


def _popularity(found: Histories) -> Ids:
    counts = np.bincount(found.train.items, minlength=found.train.num_items)
    return np.asarray(counts[found.tested.items], np.int64)


def _slices(
    means: Numbers, found: Histories, counts: Ids, what: str
) -> list[dict[str, Any]]:
    """Error of each quarter of the ratings by a count."""
    edges = np.unique(np.quantile(counts, np.linspace(0, 1, _QUARTERS + 1)))
    # If all counts are equal there is one part.
    parts = list(pairwise(edges)) or [(edges[0], edges[0])]
    rows = []
    for place, (low, high) in enumerate(parts):
        above = counts >= low if place == 0 else counts > low
        members = np.flatnonzero(above & (counts <= high))
        if not len(members):
            continue
        part = found.tested.part(members)
        whole = np.ones((len(members), len(found.values))) / len(found.values)
        sums = sum_by_user(means[members], whole, part, found.values)
        error = estimate_part(sums)
        rows.append(
            {
                "by": what,
                "from": int(np.ceil(low if place == 0 else low + 1e-9)),
                "to": int(high),
                "count": len(members),
                "rmse": error.value,
                "low": error.low,
                "high": error.high,
                "mean_error": float((means[members] - part.values).mean()),
            }
        )
    return rows


def _drawn(listed: Mapping[int, Ids]) -> list[int]:
    """Users of the page: always the same of the same users."""
    users = sorted(listed)
    rng = np.random.default_rng(0)
    count = min(_USERS_SHOWN, len(users))
    return sorted(rng.choice(users, count, replace=False).tolist())


def _recommended(user: int, items: Ids, found: Histories) -> dict[str, Any]:
    history, tested = found.history, found.tested
    rows = history.rows_by_user[user]
    best = rows[np.argsort(-history.values[rows], kind="stable")]
    worst = best[::-1]
    later = tested.rows_by_user[user]
    return {
        "user": found.users[user],
        "count": len(rows),
        "liked": [
            [found.name(history.items[row]), float(history.values[row])]
            for row in best[:_LIKED_SHOWN]
        ],
        "disliked": [
            [found.name(history.items[row]), float(history.values[row])]
            for row in worst[:_LIKED_SHOWN]
        ],
        "recommended": [found.name(item) for item in items[:_RECOMMENDED_SHOWN]],
        "later": [
            [found.name(tested.items[row]), float(tested.values[row])]
            for row in later[:_LIKED_SHOWN]
        ],
    }
