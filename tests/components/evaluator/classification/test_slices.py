# SPDX-License-Identifier: Apache-2.0
"""Parts of a split: each photograph falls where its facts put it."""

import numpy as np
import pytest
from PIL import Image

from components.evaluator.classification.photo_metadata import (
    PhotoMetadata,
    read_photo_metadata,
)
from components.evaluator.classification.predictions import Predictions
from components.evaluator.classification.slices import Slice, photo_slices
from components.ingest.formats.jpeg import inspect_jpeg
from tests.support.datasets.photo_archives import encode, picture
from tests.support.datasets.photographs import serialize


def _facts_of(image: bytes, shape: tuple[int, int] = (96, 128)) -> PhotoMetadata:
    pixels = np.tile(np.array([[[60], [180]]], np.uint8), (shape[0], shape[1] // 2, 3))
    # Size, mean and deviation are those of the pixels, the rest is that of the image.
    (found,) = read_photo_metadata([serialize(pixels, image, "disc", "test/1")])
    return found


@pytest.mark.parametrize(
    ("colour", "cast"),
    [
        ((60, 140, 70), "green"),
        ((150, 90, 40), "brown"),
        ((120, 120, 120), "neutral"),
        ((190, 110, 120), "neutral"),
    ],
)
def test_colour_over_the_whole_picture_is_named(
    colour: tuple[int, int, int], cast: str
) -> None:
    assert _facts_of(encode(Image.new("RGB", (64, 48), colour))).colour_cast == cast


def test_picture_that_ingest_had_to_convert_is_known_by_its_comment() -> None:
    sound = inspect_jpeg(encode(picture(1, (96, 80))), "jpg")
    converted = inspect_jpeg(encode(picture(1, (96, 80), "CMYK")), "jpg")
    assert _facts_of(sound.image).near_rejection == "none"
    assert _facts_of(converted.image).near_rejection == "converted"


def test_picture_near_a_limit_is_in_doubt() -> None:
    image = encode(picture(1))
    assert _facts_of(image, (96, 40)).near_rejection == "nearly too small"
    flat = np.full((96, 96, 3), 90, np.uint8)
    (found,) = read_photo_metadata([serialize(flat, image, "disc", "test/1")])
    assert found.near_rejection == "nearly one colour"


def test_parts_have_their_own_figures() -> None:
    doubts = ["none"] * 14 + ["converted"] * 10
    facts = [PhotoMetadata(100 + n, n, "neutral", d) for n, d in enumerate(doubts)]
    # The converted ones are all taken for the other class.
    labels = np.array([n % 2 for n in range(24)])
    sure = np.where(np.arange(24) < 14, 0.9, 0.2)
    right, wrong = sure, 1 - sure
    rows = np.where(labels[:, None] == [0, 1], right[:, None], wrong[:, None])
    parts = {(p.kind, p.name): p for p in _slices(labels, rows, facts)}
    sound, bad = (parts["close to quarantine", name] for name in ("none", "converted"))
    assert (sound.count, sound.accuracy, bad.count, bad.accuracy) == (14, 1.0, 10, 0.0)
    assert sound.log_loss == pytest.approx(-np.log(0.9))
    assert bad.log_loss == pytest.approx(-np.log(0.2))
    assert bad.class_share_log_loss == pytest.approx(np.log(2))
    assert [p.count for p in parts.values() if p.kind == "size"] == [8, 8, 8]
    # All have one colour: a part that holds everything says nothing new.
    assert not any(kind == "colour" for kind, _ in parts)


def test_part_of_a_few_has_no_figures() -> None:
    casts = ["green"] * 4 + ["neutral"] * 8
    facts = [PhotoMetadata(100, 90.0, cast, "none") for cast in casts]
    rows = np.tile([0.6, 0.4], (12, 1))
    parts = _slices(np.zeros(12, int), rows, facts)
    assert [p.name for p in parts if p.kind == "colour"] == ["neutral"]


def _slices(
    labels: np.ndarray, rows: np.ndarray, facts: list[PhotoMetadata]
) -> list[Slice]:
    ids = [f"test/{n}" for n in range(len(labels))]
    return photo_slices(Predictions(("cat", "dog"), labels, rows, ids, []), facts)
