# SPDX-License-Identifier: Apache-2.0
"""Classical filters do to an image what their kernels say."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import median_filter

from components.images.filters import apply_filters, convolve, kernel_of
from components.images.noise import corrupt

# The book's 3-1: an image of 1 to 49, zeros beyond the border.
BOOK_IMAGE = np.arange(1, 50, dtype=np.float32).reshape(1, 7, 7, 1)
BOOK_KERNEL = np.array([[-1, 1, -1], [-2, 3, 1], [2, -4, 0]])
BOOK_RESULT = np.array(
    [
        [-2, -8, -7, -6, -5, -4, 28],
        [5, -3, -4, -5, -6, -7, 28],
        [-2, -10, -11, -12, -13, -14, 28],
        [-9, -17, -18, -19, -20, -21, 28],
        [-16, -24, -25, -26, -27, -28, 28],
        [-23, -31, -32, -33, -34, -35, 28],
        [-29, 13, 13, 13, 13, 13, 27],
    ]
)
GREY = np.full((1, 12, 12, 1), 0.5, np.float32)
STEP = np.zeros((1, 6, 8, 1), np.float32)
STEP[:, :, 4:] = 1


def _filtered(pixels: np.ndarray, *filters: str) -> np.ndarray:
    return np.asarray(apply_filters(tf.constant(pixels), filters))


def test_convolution_of_the_book_is_met_exactly() -> None:
    result = convolve(tf.constant(BOOK_IMAGE), BOOK_KERNEL, border="zero")

    np.testing.assert_array_equal(result[0, :, :, 0], BOOK_RESULT)


@pytest.mark.parametrize(
    ("words", "total"),
    [
        ("mean 3", 1),
        ("gaussian 5", 1),
        ("gaussian 21 2.236", 1),
        ("sharpen 5", 1),
        ("identity", 1),
        ("high pass 5", 0),
        ("sobel x", 0),
        ("sobel y", 0),
    ],
)
def test_kernel_sums_to_one_or_to_nothing(words: str, total: int) -> None:
    """A plain grey image stays as it is, or vanishes; the border is no edge."""
    assert kernel_of(words).sum() == pytest.approx(total, abs=1e-6)
    np.testing.assert_allclose(_filtered(GREY, words), GREY * total, atol=1e-6)


def test_median_is_that_of_scipy_for_each_channel() -> None:
    pixels = np.random.default_rng(0).random((2, 6, 7, 3), np.float32)

    expected = median_filter(pixels, size=(1, 3, 3, 1), mode="reflect")
    np.testing.assert_array_equal(_filtered(pixels, "median 3"), expected)


def test_median_removes_salt_and_pepper_that_a_mean_smears() -> None:
    noisy = np.asarray(corrupt(np.repeat(GREY, 50, axis=0), ["salt_pepper"], [1, 2]))

    errors = {
        words: np.abs(_filtered(noisy, words) - GREY).mean()
        for words in ("identity", "median 3", "mean 3")
    }
    assert errors["median 3"] < errors["identity"] / 20
    assert errors["mean 3"] > errors["median 3"]


def test_sobel_answers_to_edges_across_its_direction() -> None:
    upright, lying = (_filtered(STEP, f"sobel {axis}") for axis in "xy")

    assert np.abs(upright[0, 2, :, 0]).tolist() == [0, 0, 0, 4, 4, 0, 0, 0]
    assert not lying.any()
    magnitude = _filtered(STEP.transpose(0, 2, 1, 3), "sobel magnitude")
    np.testing.assert_array_equal(magnitude.transpose(0, 2, 1, 3), np.abs(upright))


def test_filters_follow_one_another() -> None:
    blurred = _filtered(STEP, "gaussian 5")

    np.testing.assert_allclose(
        _filtered(STEP, "gaussian 5", "sobel x"), _filtered(blurred, "sobel x")
    )
    np.testing.assert_allclose(
        _filtered(STEP, "high pass 5"), STEP - blurred, atol=1e-6
    )


@pytest.mark.parametrize(
    "words", ["mean", "mean 4", "gaussian 33", "gaussian 5 0", "sobel", "canny 3"]
)
def test_words_that_are_no_filter_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="filters"):
        kernel_of(words)
