# SPDX-License-Identifier: Apache-2.0
"""Ratings under test, and what their users had rated before."""

from dataclasses import dataclass, replace

import numpy as np

from components.recommendation.ratings import Numbers, Ratings


@dataclass(frozen=True)
class Histories:
    """Ratings of all splits by the same indices of users and items."""

    train: Ratings
    """What models and rivals learn from."""

    history: Ratings
    """What users rated before the split under test, in the order of time."""

    tested: Ratings
    """The split under test."""

    users: tuple[str, ...]
    """Names of the users by index."""

    items: tuple[str, ...]
    """Names of the items by index; those of training come first, the most rated
    first."""

    titles: tuple[str, ...]
    """Titles of the items, "" for none."""

    item_ids: tuple[str, ...]
    """Identifier of each rating under test."""

    values: Numbers
    """The ratings that there are, rising."""

    num_known_items: int
    """Number of items of training."""

    def of_users(self, most: int) -> "Histories":
        """The same with the tested ratings of no more than so many users."""
        users = np.unique(self.tested.users)
        if len(users) <= most:
            return self
        chosen = np.random.default_rng(0).choice(users, most, replace=False)
        kept = np.isin(self.tested.users, chosen)
        ids = tuple(np.array(self.item_ids, object)[kept])
        return replace(self, tested=self.tested.part(kept), item_ids=ids)

    def name(self, item: int) -> str:
        """What pages call an item."""
        return self.titles[item] or self.items[item]
