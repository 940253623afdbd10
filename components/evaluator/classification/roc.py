# SPDX-License-Identifier: Apache-2.0
"""How well a classifier of two classes ranks: the ROC curve and the area under it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RocCurve:
    """What each threshold gives.

    Attributes:
        false_positive: Share of the negatives above the threshold, rising.
        true_positive: Share of the positives above it.
    """

    false_positive: list[float]
    true_positive: list[float]


def area_under_roc(
    is_positive: NDArray[np.bool_], scores: NDArray[Any]
) -> float | None:
    """Chance that a positive has a higher score than a negative; ties count half.

    Returns:
        None where one of the two kinds is missing.
    """
    num_positive = int(is_positive.sum())
    num_negative = len(is_positive) - num_positive
    if not num_positive or not num_negative:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # Equal scores share the mean of their ranks.
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    least = num_positive * (num_positive + 1) / 2
    wins = float(ranks[is_positive].sum()) - least
    return wins / (num_positive * num_negative)


def roc_curve(is_positive: NDArray[np.bool_], scores: NDArray[Any]) -> RocCurve:
    """The curve from the strictest threshold to the loosest, both kinds present."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], is_positive[order]
    # Only where the score changes is there a threshold.
    last = np.append(np.flatnonzero(np.diff(sorted_scores)), len(scores) - 1)
    found = np.cumsum(hits)[last] / hits.sum()
    wrong = np.cumsum(~hits)[last] / (~hits).sum()
    return RocCurve([0.0, *wrong.tolist()], [0.0, *found.tolist()])
