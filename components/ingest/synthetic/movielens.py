# SPDX-License-Identifier: Apache-2.0
"""Synthetic ratings of films: users, films and four factors, with planted faults.

A rating is the rounded sum of what its user and its film add to 3.5, of the product of
their four factors, and of noise. So the best that any model can do is known:
`ceiling`.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import comb, factorial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.ingest.synthetic.random_stream import RandomStream

VERSION: Final = 1
NUM_USERS: Final = 600
NUM_FILMS: Final = 300
NUM_FACTORS: Final = 4
LOWEST: Final = 1
HIGHEST: Final = 5
# Mean of the ratings, and standard deviations of what is added to it.
MEAN: Final = 3.5
USER_SD: Final = 0.35
FILM_SD: Final = 0.4
# Of one factor of a user, and of a film: the product of all four deviates by 0.72.
FACTOR_SD: Final = 0.6
NOISE_SD: Final = 0.8

# The most popular film is chosen some 30 times as often as the least popular one.
_POPULARITY_FROM: Final = 8
# Ratings that each user has at least, but for the newest ones, and how steeply the
# others fall.
_FEWEST: Final = 20
_ACTIVITY_FROM: Final = 80
_NEWEST: Final = 20
_OF_NEWEST: Final = 6
# Seconds since 1970: 20 September 1997, and the length of the period in which users
# begin to rate.
_FIRST_TIME: Final = 874_713_600
_PERIOD: Final = 200 * 86_400
_LARGEST_GAP: Final = 40_000
# A time in 2038: no rating of the period.
FUTURE: Final = 2_147_000_000
# One of each planted fault for this number of ratings.
_FAULT_EVERY: Final = 4_000
# Users who give each of some films the highest rating.
_NUM_ALIKE: Final = 2
_OF_ALIKE: Final = 12
# Sum of that many uniform numbers: nearly normal, by additions alone.
_NUM_UNIFORM: Final = 12

_FIRST_WORDS: Final = (
    *("Silver", "Golden", "Quiet", "Broken", "Hidden", "Distant", "Burning", "Frozen"),
    *("Crooked", "Empty", "Crimson", "Second", "Northern", "Paper", "Velvet"),
    *("Restless", "Secret", "Wooden", "Winter", "Last"),
)
_LAST_WORDS: Final = (
    *("Harbour", "Garden", "Letter", "Bridge", "Mirror", "Station", "River", "Castle"),
    *("Witness", "Orchard", "Summer", "Island", "Promise", "Tower", "Road"),
)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """What the ratings are drawn from."""

    user_effects: Numbers
    """What a user adds to each rating, (users,)."""

    film_effects: Numbers
    """What a film adds to each rating, (films,)."""

    user_factors: Numbers
    """Taste of a user, (users, 4)."""

    film_factors: Numbers
    """Content of a film, (films, 4)."""

    def means(self, users: NDArray[np.int64], films: NDArray[np.int64]) -> Numbers:
        """Mean of each rating before noise and rounding, (ratings,)."""
        total: Numbers = MEAN + self.user_effects[users] + self.film_effects[films]
        # Factor by factor, since libraries sum a product in orders of their own.
        for factor in range(NUM_FACTORS):
            ours = self.user_factors[users, factor]
            total = total + ours * self.film_factors[films, factor]
        return total


@dataclass(frozen=True)
class Drawn:
    """All ratings, in the order of users, then of time; without planted faults."""

    truth: Truth
    """What they were drawn from."""

    users: NDArray[np.int64]
    """Index of the user of each rating."""

    films: NDArray[np.int64]
    """Index of its film."""

    ratings: NDArray[np.int64]
    """The rating, 1 to 5."""

    times: NDArray[np.int64]
    """Seconds since 1970."""


def draw_files(folder: Path, seed: int, num_items: int) -> tuple[Path, ...]:
    """Draw the ratings and the titles into two CSV files, with planted faults.

    Args:
        folder: Folder of the files.
        seed: Seed of all random numbers.
        num_items: Number of ratings, without the planted ones.
    """
    drawn = draw(seed, num_items)
    columns = (drawn.users, drawn.films, drawn.ratings, drawn.times)
    rows = np.stack(columns, axis=1).tolist()
    lines = ["user,film,rating,time"]
    lines += (f"{u + 1},{f + 1},{r},{t}" for u, f, r, t in (*rows, *_plant(rows)))
    ratings, titles = folder / "ratings.csv", folder / "titles.csv"
    ratings.write_text("\n".join([*lines, ""]), encoding="utf-8")
    names = [f"{film + 1},{title}" for film, title in enumerate(_titles(seed))]
    titles.write_text("\n".join(["film,title", *names, ""]), encoding="utf-8")
    return ratings, titles


def ceiling(seed: int, num_items: int) -> float:
    """Compute the smallest root mean squared error that a model can have.

    It is that of a model that knows the mean of each rating before noise and rounding:
    the deviation of the ratings of the drawn pairs from their expectations.

    Args:
        seed: Seed of all random numbers.
        num_items: Number of ratings.
    """
    drawn = draw(seed, num_items)
    means = drawn.truth.means(drawn.users, drawn.films)
    values = np.arange(LOWEST, HIGHEST + 1)
    shares = rating_shares(means)
    expected = shares @ values
    return float(np.sqrt(np.mean(shares @ values**2 - expected**2)))


def rating_shares(means: Numbers) -> Numbers:
    """Compute the probability of each rating, (ratings, 5), from its mean."""
    borders = np.arange(LOWEST, HIGHEST) + 0.5
    below = _noise_cdf((borders - means[:, None]) / NOISE_SD)
    zero, one = np.zeros((len(means), 1)), np.ones((len(means), 1))
    return np.diff(np.concatenate([zero, below, one], axis=1), axis=1)


def draw(seed: int, num_items: int) -> Drawn:
    """Draw the ratings.

    Args:
        seed: Seed of all random numbers.
        num_items: Number of ratings.
    """
    stream = RandomStream(seed, 0)
    truth = Truth(
        user_effects=USER_SD * _normal(stream, NUM_USERS, 1)[:, 0],
        film_effects=FILM_SD * _normal(stream, NUM_FILMS, 1)[:, 0],
        user_factors=FACTOR_SD * _normal(stream, NUM_USERS, NUM_FACTORS),
        film_factors=FACTOR_SD * _normal(stream, NUM_FILMS, NUM_FACTORS),
    )
    order = stream.shuffled(range(NUM_FILMS))
    weights = [1 / (rank + _POPULARITY_FROM) for rank in range(NUM_FILMS)]
    borders = np.array(list(accumulate(weights))) / sum(weights)
    activity = _activity(num_items)
    chosen, times = [], []
    for user, rank in enumerate(stream.shuffled(range(NUM_USERS))):
        own = RandomStream(seed, 1_000 + user)
        ranks = _choose(own, borders, activity[rank])
        chosen.append(np.array([order[film] for film in ranks], np.int64))
        times.append(_times(own, len(ranks)))
    films = np.concatenate(chosen)
    users = np.repeat(np.arange(NUM_USERS), list(map(len, chosen)))
    noise = NOISE_SD * _normal(RandomStream(seed, 1), len(films), 1)[:, 0]
    values = np.floor(truth.means(users, films) + noise + 0.5)
    ratings = np.clip(values, LOWEST, HIGHEST).astype(np.int64)
    return Drawn(truth, users, films, ratings, np.concatenate(times))


def _activity(num_items: int) -> list[int]:
    """Number of ratings of each user, from the most active one to the newest."""
    steady = NUM_USERS - _NEWEST
    weights = [1 / (rank + _ACTIVITY_FROM) for rank in range(steady)]
    total = sum(weights)
    rest = num_items - steady * _FEWEST - _NEWEST * _OF_NEWEST
    if rest < 0:
        raise ValueError(
            f"num_items: expected {num_items - rest:,} or more.\nReceived {num_items}."
        )
    counts = [_FEWEST + int(rest * weight / total) for weight in weights]
    # What was lost by rounding goes to the middle of the order.
    missing = num_items - sum(counts) - _NEWEST * _OF_NEWEST
    for rank in range(missing):
        counts[steady // 2 + rank % 200] += 1
    if max(counts) > NUM_FILMS:
        raise ValueError(f"num_items: a user would rate more than {NUM_FILMS} films.")
    return [*counts, *[_OF_NEWEST] * _NEWEST]


def _choose(stream: RandomStream, borders: Numbers, count: int) -> list[int]:
    """Choose different films, each by its share; (0, films) are ranks."""
    films: dict[int, None] = {}
    while len(films) < count:
        drawn = np.searchsorted(borders, stream.field(1, 256)[0], side="right")
        for film in drawn.tolist():
            if len(films) < count:
                # The last border may be below 1 by rounding.
                films.setdefault(min(film, NUM_FILMS - 1))
    return list(films)


def _times(stream: RandomStream, count: int) -> NDArray[np.int64]:
    begin = _FIRST_TIME + stream.integer(_PERIOD)
    uniform = stream.field(1, count)[0]
    gaps = 1 + np.floor(uniform * uniform * uniform * _LARGEST_GAP).astype(np.int64)
    return np.asarray(begin + np.cumsum(gaps), np.int64)


def _normal(stream: RandomStream, height: int, width: int) -> Numbers:
    """Draw nearly normal numbers of mean 0 and deviation 1, (height, width)."""
    total = stream.field(height, width)
    for _ in range(_NUM_UNIFORM - 1):
        total = total + stream.field(height, width)
    return total - _NUM_UNIFORM / 2


def _noise_cdf(values: Numbers) -> Numbers:
    """Probability that `_normal` is at most each value: the law of Irwin and Hall."""
    half = _NUM_UNIFORM / 2
    # By its symmetry only the lower half is summed, where terms cancel least.
    x = half - np.minimum(np.abs(values), half)
    total = np.zeros_like(x)
    for k in range(_NUM_UNIFORM // 2 + 1):
        term = comb(_NUM_UNIFORM, k) * np.maximum(x - k, 0.0) ** _NUM_UNIFORM
        total += (-1) ** k * term
    lower = total / factorial(_NUM_UNIFORM)
    return np.where(values > 0, 1 - lower, lower)


def _plant(rows: list[list[int]]) -> list[list[int]]:
    """Rows with faults: rated twice, off the scale, in the future, always the same."""
    planted = []
    rated: dict[int, set[int]] = {}
    for user, film, _, _ in rows:
        rated.setdefault(user, set()).add(film)
    for number in range(0, len(rows), _FAULT_EVERY):
        user, film, rating, time = rows[number]
        planted.append([user, film, LOWEST if rating > LOWEST else HIGHEST, time + 60])
        first, second = [f for f in range(NUM_FILMS) if f not in rated[user]][:2]
        planted.append([user, first, HIGHEST + 1, time])
        planted.append([user, second, rating, FUTURE])
    for user in range(NUM_USERS, NUM_USERS + _NUM_ALIKE):
        for film in range(_OF_ALIKE):
            time = _FIRST_TIME + _PERIOD + film
            planted.append([user, film, HIGHEST, time])
    return planted


def _titles(seed: int) -> list[str]:
    """Titles of all films; the last one has none."""
    pairs = [f"The {first} {last}" for first in _FIRST_WORDS for last in _LAST_WORDS]
    stream = RandomStream(seed, 2)
    titles = stream.shuffled(pairs)
    return [f"{title} ({1950 + stream.integer(48)})" for title in titles[:-1]] + [""]
