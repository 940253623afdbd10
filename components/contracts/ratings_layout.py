# SPDX-License-Identifier: Apache-2.0
"""The columns of a table of ratings: who rated what, how, and when."""

from dataclasses import dataclass
from typing import Final

from components.core.checks import expect, expect_match

# A softmax of more values would have more weights than ratings.
MOST_VALUES: Final = 20


@dataclass(frozen=True)
class RatingsLayout:
    """Value of the key `ratings` in the source list of ratings."""

    user: str = "user"
    """Header of the column with the user."""

    item: str = "item"
    """Header of the column with the rated item."""

    rating: str = "rating"
    """Header of the column with the rating."""

    time: str = ""
    """Header of the column with the time: seconds since 1970, or dates. Defaults to
    none: then the order of the rows is that of the ratings."""

    latest: str = ""
    """The last day on which ratings were given, as 1998-04-30: a rating after it has a
    wrong time, and is left out. Defaults to none."""

    title: str = ""
    """Header of a column with titles of the items, in the same files or in one of items
    and titles alone. Defaults to none."""

    values: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0)
    """The ratings that there are, rising."""

    called: str = "item"
    """What a rated item is called on pages: `film`."""

    delimiter: str = ""
    """Character between two values of a CSV file. Defaults to a tabulator in a file
    that ends with `.tsv`, and to a comma in others."""

    def __post_init__(self) -> None:
        wanted = f"2 to {MOST_VALUES} numbers, rising"
        rises = list(self.values) == sorted(set(self.values))
        fits = 2 <= len(self.values) <= MOST_VALUES
        expect(rises and fits, "values", wanted, list(self.values))
        expect_match(r"[A-Za-z][A-Za-z -]{0,30}", self.called, "called must be a word")
        expect_match(r"(\d{4}-\d\d-\d\d)?", self.latest, "latest must be YYYY-MM-DD")
        headers = [h for h in (self.user, self.item, self.rating, self.time) if h]
        is_named = all((self.user, self.item, self.rating))
        expect(
            is_named and len(set(headers)) == len(headers),
            "user, item, rating and time",
            "headers, each another one",
            headers,
        )

    @property
    def headers(self) -> tuple[str, ...]:
        """Headers that every file of ratings has."""
        wanted = (self.user, self.item, self.rating, self.time)
        return tuple(header for header in wanted if header)

    @property
    def lowest(self) -> float:
        """The lowest rating."""
        return self.values[0]

    @property
    def highest(self) -> float:
        """The highest rating."""
        return self.values[-1]
