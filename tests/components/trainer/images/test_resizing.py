# SPDX-License-Identifier: Apache-2.0
"""Decoding and resizing of photographs."""

import io
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.trainer.images.params import ImageInput
from components.trainer.images.resizing import decode_photographs, input_shape
from tests.support.datasets.photographs import FACTS

SIDE = 32


def _decode(picture: Image.Image, form: str = "PNG", **options: str) -> np.ndarray:
    buffer = io.BytesIO()
    picture.save(buffer, form, quality=95)
    encoded = tf.constant([buffer.getvalue()])
    (pixels,) = decode_photographs(encoded, ImageInput(size=SIDE, **options)).numpy()
    return np.asarray(pixels)


def _red_with_green_ends() -> Image.Image:
    pixels = np.zeros((60, 180, 3), np.uint8)
    pixels[..., 0] = 255
    pixels[:, :40] = pixels[:, -40:] = (0, 255, 0)
    return Image.fromarray(pixels)


def test_stretching_shows_all_of_a_picture_and_gives_up_proportions() -> None:
    pixels = _decode(_red_with_green_ends())
    assert pixels.shape == (SIDE, SIDE, 3)
    assert pixels[16, 0].tolist() == pixels[16, -1].tolist() == [0, 255, 0]
    assert pixels[0, 16].tolist() == pixels[-1, 16].tolist() == [255, 0, 0]


def test_padding_keeps_proportions_between_black_bars() -> None:
    pixels = _decode(_red_with_green_ends(), fit="pad")
    dark = np.flatnonzero(pixels.max(axis=(1, 2)) == 0)
    assert len(dark) == pytest.approx(SIDE * 2 / 3, abs=2)
    assert pixels[16, 0].tolist() == [0, 255, 0]


def test_cropping_keeps_proportions_and_loses_the_ends() -> None:
    pixels = _decode(_red_with_green_ends(), fit="crop")
    assert (pixels == (255, 0, 0)).all()


def test_large_jpeg_is_decoded_small_to_the_same_picture() -> None:
    y, x = np.mgrid[:600, :800] / 3.2
    drawn = np.stack([x, y, 250 - x], axis=-1).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(drawn)
    small = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    gap = np.abs(_decode(picture, "JPEG").astype(int) - small)
    assert gap.mean() < 2


@pytest.mark.parametrize(("mode", "form"), [("L", "JPEG"), ("L", "PNG"), ("1", "PNG")])
def test_grey_pictures_get_three_equal_channels(mode: str, form: str) -> None:
    grey = Image.fromarray(np.full((50, 40), 200, np.uint8)).convert(mode)
    pixels = _decode(grey, form)
    assert np.ptp(pixels, axis=2).max() == 0


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_smallest_pictures_are_decoded(form: str) -> None:
    red = Image.new("RGB", (8, 8), "red")
    assert np.abs(_decode(red, form).astype(int) - (255, 0, 0)).max() < 4


def test_model_of_photographs_needs_a_size() -> None:
    assert input_shape(FACTS, ImageInput(size=64)) == (64, 64, 3)
    with pytest.raises(ValueError, match=r"image.size: expected pixels, for 'shapes'"):
        input_shape(FACTS, ImageInput())


def test_images_of_one_size_keep_it() -> None:
    raw = replace(FACTS, modality="image", image_shape=(28, 28, 1))
    assert input_shape(raw, ImageInput()) == (28, 28, 1)


@pytest.mark.parametrize("field", ["size", "memory_mb"])
def test_impossible_image_input_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=rf"{field}: expected .*\nReceived -1"):
        ImageInput(**{field: -1})
