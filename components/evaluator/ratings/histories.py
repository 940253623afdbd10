# SPDX-License-Identifier: Apache-2.0
"""Ratings under test, and what their users had rated before."""

from dataclasses import dataclass

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

    def name(self, item: int) -> str:
        """What pages call an item."""
        return self.titles[item] or self.items[item]
