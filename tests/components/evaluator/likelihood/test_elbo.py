# SPDX-License-Identifier: Apache-2.0
"""Divergence and weights of the bounds, where both are known in closed form."""

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from components.contracts.signatures import LOGITS
from components.evaluator.likelihood.elbo import (
    Posterior,
    importance_weighted_nats,
    reconstruction_nats,
)

PIXELS = np.zeros((2, 4, 4, 1), np.float32)


class _BlindDecoder:
    """A model that decodes every code to pixels of probability one half."""

    def signature(self, name: str) -> Any:
        del name
        return lambda code: {LOGITS: tf.zeros([len(code), 16])}


def _posterior(mean: float, variance: float) -> Posterior:
    shape = (len(PIXELS), 3)
    log_variance = np.full(shape, math.log(variance), np.float32)
    return Posterior(np.full(shape, mean, np.float32), log_variance)


def test_divergence_is_that_of_two_normal_distributions() -> None:
    nats = _posterior(1.0, 4.0).kl_divergence
    assert nats == pytest.approx(0.5 * (1 + 4 - math.log(4) - 1))
    assert _posterior(0.0, 1.0).kl_divergence == pytest.approx(0.0)


def test_posterior_does_not_change_the_bound_of_a_decoder_that_ignores_codes() -> None:
    arguments: Any = (_BlindDecoder(), PIXELS, _posterior(0.5, 0.6))
    plain = reconstruction_nats(*arguments, count=10, seed=0)
    weighted = importance_weighted_nats(*arguments, count=20_000, seed=0)
    assert plain == pytest.approx(16 * math.log(2))
    assert weighted == pytest.approx(16 * math.log(2), abs=0.1)
