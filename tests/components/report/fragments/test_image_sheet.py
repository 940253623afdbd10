# SPDX-License-Identifier: Apache-2.0
"""Many images on one sheet."""

import io

import numpy as np
import pytest
from PIL import Image

from components.report.fragments.image_sheet import image_sheet


def _pixels(sheet: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(sheet)))


def test_images_lie_in_rows_with_black_between_and_after_them() -> None:
    images = np.stack([np.full((2, 3, 1), value, np.uint8) for value in (10, 20, 30)])
    pixels = _pixels(image_sheet(images, columns=2, gap=1))
    assert pixels.shape == (5, 7)
    np.testing.assert_array_equal(pixels[0], [10, 10, 10, 0, 20, 20, 20])
    np.testing.assert_array_equal(pixels[2], 0)
    np.testing.assert_array_equal(pixels[4], [30, 30, 30, 0, 0, 0, 0])


def test_colours_stay() -> None:
    image = np.zeros((1, 2, 2, 3), np.uint8)
    image[..., 1] = 200
    np.testing.assert_array_equal(_pixels(image_sheet(image, columns=1)), image[0])


def test_no_images_are_an_error() -> None:
    with pytest.raises(ValueError, match="expected one image or more"):
        image_sheet(np.zeros((0, 2, 2, 1), np.uint8), columns=1)
