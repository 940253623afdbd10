# SPDX-License-Identifier: Apache-2.0
"""Grey pixels become zeros and ones by the rule that is named."""

import numpy as np
import pytest

from components.images.binarisation import Binarisation, binarise

# A picture per row, from black to white.
IMAGES = np.repeat(np.arange(256, dtype=np.uint8), 4000).reshape(256, -1, 1, 1)


def _binarised(rule: Binarisation, seed: int = 1) -> np.ndarray:
    return np.asarray(binarise(IMAGES, rule, [seed, 0]))


def test_stochastic_pixels_are_white_as_often_as_they_are_bright() -> None:
    shares = _binarised("stochastic").mean(axis=(1, 2, 3))
    np.testing.assert_allclose(shares, np.arange(256) / 255, atol=0.04)
    assert shares[0] == 0
    assert shares[255] == 1


def test_stochastic_pixels_repeat_themselves_and_differ_by_seed() -> None:
    first = _binarised("stochastic")
    np.testing.assert_array_equal(first, _binarised("stochastic"))
    assert not np.array_equal(first, _binarised("stochastic", seed=2))


def test_threshold_lies_in_the_middle() -> None:
    found = _binarised("threshold")[:, 0, 0, 0]
    np.testing.assert_array_equal(found, np.arange(256) >= 128)


def test_grey_pixels_stay_as_they_are() -> None:
    found = _binarised("grey")[:, 0, 0, 0]
    np.testing.assert_allclose(found, np.arange(256) / 255, rtol=1e-6)


@pytest.mark.parametrize("rule", ["stochastic", "threshold"])
def test_what_is_black_and_white_stays_as_it_is(rule: Binarisation) -> None:
    images = np.where(IMAGES > 99, 255, 0).astype(np.uint8)
    np.testing.assert_array_equal(
        np.asarray(binarise(images, rule, [1, 0])) * 255, images
    )
