# SPDX-License-Identifier: Apache-2.0
"""Rival densities of black and white pixels: independent pixels, and mixtures of them.

A mixture has parts in which the pixels are independent; it is fitted to the training
split by expectation maximisation (EM; Dempster et al. 1977).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, softmax

_ITERATIONS: Final = 40
# A pixel that was never white in a part might be so in another image.
_PRIOR: Final = 0.5
# Deviation of the first logits of the parts around those of the data.
_SPREAD: Final = 0.5
_ROWS_AT_ONCE: Final = 10_000


@dataclass(frozen=True)
class Mixture:
    """A mixture of products of Bernoulli distributions."""

    log_shares: NDArray[np.float32]
    """Logarithm of the share of each part, (parts,)."""

    logits: NDArray[np.float32]
    """Logits of white pixels in each part, (parts, pixels)."""

    def log_likelihood(self, visible: NDArray[np.float32]) -> NDArray[np.float64]:
        """Compute log p of each row in nats, (n,)."""
        return np.concatenate(
            [
                np.logaddexp.reduce(self._joint(part), axis=1).astype(np.float64)
                for part in _blocks(visible)
            ]
        )

    def _joint(self, visible: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute the log of part and pixels together, (n, parts)."""
        constant = -np.logaddexp(0.0, self.logits).sum(axis=1)
        joint: NDArray[np.float32] = visible @ self.logits.T + constant
        return joint + self.log_shares


def fit_mixture(visible: NDArray[np.float32], parts: int, seed: int) -> Mixture:
    """Fit a mixture by expectation maximisation.

    Args:
        visible: Zeros and ones, float32 (n, pixels).
        parts: Parts of the mixture; with one, the pixels are independent.
        seed: Seeds the first parts.
    """
    mean = _smoothed(visible.sum(axis=0), len(visible))
    spread = np.random.default_rng(seed).normal(0, _SPREAD, (parts, len(mean)))
    first = logit(mean) + (spread if parts > 1 else 0 * spread)
    shares = np.full(parts, -np.log(parts), np.float32)
    mixture = Mixture(shares, first.astype(np.float32))
    for _ in range(_ITERATIONS if parts > 1 else 0):
        mixture = _improve(mixture, visible)
    return mixture


def _improve(mixture: Mixture, visible: NDArray[np.float32]) -> Mixture:
    """Take one step of expectation and maximisation."""
    weights = np.zeros(len(mixture.log_shares), np.float64)
    ones = np.zeros(mixture.logits.shape, np.float64)
    for part in _blocks(visible):
        shares = softmax(mixture._joint(part), axis=1)
        weights += shares.sum(axis=0)
        ones += shares.T @ part
    means = _smoothed(ones, weights[:, np.newaxis])
    log_shares = np.log((weights + _PRIOR) / (weights + _PRIOR).sum())
    return Mixture(log_shares.astype(np.float32), logit(means).astype(np.float32))


def _smoothed(ones: NDArray[Any], count: NDArray[Any] | int) -> NDArray[Any]:
    means: NDArray[Any] = (ones + _PRIOR) / (count + 2 * _PRIOR)
    return means


def _blocks(visible: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    starts = range(0, len(visible), _ROWS_AT_ONCE)
    return [visible[start : start + _ROWS_AT_ONCE] for start in starts]
