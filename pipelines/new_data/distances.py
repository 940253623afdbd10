# SPDX-License-Identifier: Apache-2.0
"""Distances between the distributions of two splits, as TFDV measures them.

The limits of `expectations.yaml` are on TFDV's distances. What two splits of one data
set are apart by chance alone depends on their sizes, on the number of bars of a
histogram and on its edges, which differ between the splits. So it is measured here:
items are dealt anew to splits of the same sizes, many times, with a fixed seed.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]

SEED: Final = 1
ROUNDS: Final = 200
# Of a large split, as many values as tell its distribution.
_MOST_VALUES: Final = 20_000
# Of a large split fewer rounds do: their distances hardly differ.
_FEWEST_ROUNDS: Final = 20
_MOST_WORK: Final = 1_000_000
_MOST_ROUNDS: Final = 2000
# Beyond the largest of `ROUNDS` distances: the splits of the next data differ as well.
_MARGIN: Final = 1.25
# TFDV counts with sketches, and in float32.
_ROUNDING: Final = 1.1


def jensen_shannon(left: Values, right: Values, num_buckets: int) -> float:
    """Jensen-Shannon divergence in bits of two histograms with edges of their own.

    Args:
        left: Numbers of a split, (n,).
        right: Numbers of the other, (m,).
        num_buckets: Buckets of each histogram.
    """
    histograms = [_histogram(values, num_buckets) for values in (left, right)]
    edges = np.union1d(*(edges for _, edges in histograms))
    shares = [
        np.diff(np.interp(edges, own, np.append(0, np.cumsum(counts)))) / counts.sum()
        for counts, own in histograms
    ]
    middle = (shares[0] + shares[1]) / 2
    return sum(_relative_entropy(share, middle) for share in shares) / 2


def l_infinity(left: Values, right: Values) -> float:
    """Largest difference of the share of a value.

    Args:
        left: Codes of the values of a split, integers from 0, (n,).
        right: Those of the other, (m,).
    """
    size = int(max(left.max(), right.max())) + 1
    shares = [
        np.bincount(codes, minlength=size) / len(codes) for codes in (left, right)
    ]
    return float(np.abs(shares[0] - shares[1]).max())


def chance_distance(
    left: Values,
    right: Values,
    distance: Callable[[Values, Values], float],
    num_features: int = 1,
) -> float:
    """Largest distance of two splits of these sizes that are drawn at random.

    Args:
        left: Values of a split.
        right: Values of the other.
        distance: Function of both.
        num_features: Features that are compared; of many each has fewer rounds.
            Defaults to one.
    """
    generator = np.random.default_rng(SEED)
    sizes = [min(len(values), _MOST_VALUES) for values in (left, right)]
    pooled = np.concatenate([left, right])
    found = 0.0
    most = min(_MOST_WORK // sum(sizes), _MOST_ROUNDS // num_features)
    for _ in range(min(ROUNDS, max(_FEWEST_ROUNDS, most))):
        drawn = generator.permutation(pooled)[: sum(sizes)]
        found = max(found, distance(drawn[: sizes[0]], drawn[sizes[0] :]))
    return found


def threshold(chance: float, seen: float) -> float:
    """Limit of a distance that chance, and what was seen, stay below.

    Args:
        chance: Result of `chance_distance`.
        seen: Distance of the splits as they are.
    """
    return min(1.0, max(chance * _MARGIN, seen * _MARGIN * _ROUNDING))


def _histogram(values: Values, num_buckets: int) -> tuple[Values, Values]:
    try:
        return np.histogram(values, num_buckets)
    except ValueError:
        # Neighbours among floating-point numbers have no edge between them.
        low = float(values.min())
        high = max(float(values.max()), float(np.nextafter(low, np.inf)))
        return np.array([len(values)]), np.array([low, high])


def _relative_entropy(share: Values, middle: Values) -> float:
    filled = share > 0
    return float((share[filled] * np.log2(share[filled] / middle[filled])).sum())
