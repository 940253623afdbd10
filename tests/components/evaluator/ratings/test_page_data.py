# SPDX-License-Identifier: Apache-2.0
"""Parts of the split and histograms of the page, of ratings counted by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from components.evaluator.ratings.histories import Histories
from components.evaluator.ratings.page_data import page_arrays, page_facts
from components.recommendation.ratings import Ratings

NUM_USERS, NUM_ITEMS = 4, 20
VALUES = (1.0, 2.0, 3.0, 4.0, 5.0)


def _histories(scale: Sequence[float] = VALUES) -> Histories:
    """User n has rated 4 n + 4 items, and rates two under test: highest and lowest."""
    before = [(user, item) for user in range(NUM_USERS) for item in range(4 * user + 4)]
    users, items = np.array(before).T
    train = Ratings(users, items, np.full(len(users), scale[-2]), NUM_USERS, NUM_ITEMS)
    tested = Ratings(
        np.repeat(np.arange(NUM_USERS), 2),
        np.tile([0, 19], NUM_USERS),
        np.tile([scale[-1], scale[0]], NUM_USERS),
        *(NUM_USERS, NUM_ITEMS),
    )
    names = tuple(f"f{n}" for n in range(NUM_ITEMS))
    return Histories(
        train=train,
        history=train,
        tested=tested,
        users=tuple(f"u{n}" for n in range(NUM_USERS)),
        items=names,
        titles=("",) * NUM_ITEMS,
        item_ids=tuple(map(str, range(len(tested)))),
        values=np.array(scale),
        num_known_items=NUM_ITEMS,
    )


def test_slices_are_by_activity_of_the_user_and_by_popularity_of_the_item() -> None:
    found = _histories()
    # Half a star too high for each, and a star more for the users with most ratings.
    means = found.tested.values + 0.5 + (found.tested.users == 3)
    rows = page_facts(means, {0: np.array([1])}, found)["slices"]
    by_user = [row for row in rows if row["by"] == "ratings of the user before"]
    by_item = [row for row in rows if row["by"] == "ratings of the item"]
    assert [(row["to"], row["count"]) for row in by_user] == [
        *((7, 2), (10, 2), (13, 2), (16, 2))
    ]
    assert [row["rmse"] for row in by_user] == [0.5, 0.5, 0.5, 1.5]
    assert [row["mean_error"] for row in by_user] == [0.5, 0.5, 0.5, 1.5]
    # Item 0 has four ratings, item 19 has none.
    parts = [(row["from"], row["to"], row["count"]) for row in by_item]
    assert parts == [(0, 2, 4), (3, 4, 4)]


@pytest.mark.parametrize("unit", [0.1, 1.0])
def test_histograms_count_predicted_beside_real_ratings(unit: float) -> None:
    found = _histories([unit * place for place in VALUES])
    arrays = page_arrays(np.full(len(found.tested), 3 * unit), found)
    real, predicted = arrays["rating_counts"]
    edges = arrays["rating_edges"] / unit
    # Half a step beyond either end.
    assert (edges[0], edges[-1]) == (pytest.approx(0.5), pytest.approx(5.5))
    middles = (edges[1:] + edges[:-1]) / 2
    assert real.sum() == predicted.sum() == len(found.tested)
    assert (middles[real > 0] > 4.5).sum() == (middles[real > 0] < 1.5).sum() == 1
    assert np.abs(middles[predicted > 0] - 3).max() < 0.2
