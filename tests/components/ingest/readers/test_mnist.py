# SPDX-License-Identifier: Apache-2.0
"""The reader of MNIST gives every item, sound or not, in a fixed order."""

from pathlib import Path

import numpy as np
import pytest

from components.ingest.item import ImageItem, pixels_sha256
from components.ingest.readers.mnist import list_chunks, read_chunk
from tests.support.datasets.mnist import (
    TEST_LABELS,
    TRAIN_IMAGES,
    read_idx,
    write_idx,
    write_mnist,
)


def _read(folder: Path, chunk_size: int = 2000) -> list[ImageItem]:
    chunks = list_chunks(folder, chunk_size)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    return [item for chunk in chunks for item in read_chunk(folder, chunk)]


def test_items_come_in_the_order_of_their_ids(raw: Path) -> None:
    ids = [item.item_id for item in _read(raw)]
    assert ids == sorted(set(ids))
    assert (len(ids), ids[0], ids[-1]) == (50, "test/00000", "train/00039")


def test_the_size_of_the_chunks_changes_nothing(raw: Path) -> None:
    assert _read(raw, chunk_size=7) == _read(raw)


def test_item_says_what_the_files_hold(raw: Path) -> None:
    item = _read(raw)[10 + 3]
    image = read_idx(raw / TRAIN_IMAGES)[3]
    assert item.item_id == "train/00003"
    assert item.official_split == "train"
    assert item.image == item.thumbnail == image.tobytes()
    assert (item.width, item.height, item.channels) == (28, 28, 1)
    assert item.mean == pytest.approx(image.mean(), rel=1e-6)
    assert item.std == pytest.approx(image.std(), rel=1e-6)
    assert item.fault == ""


def test_label_out_of_range_is_a_fault_not_an_error(tmp_path: Path) -> None:
    folder = write_mnist(tmp_path, train=10, test=10)
    labels = read_idx(folder / TEST_LABELS)
    labels[4] = 37
    write_idx(folder / TEST_LABELS, labels)
    items = _read(folder)
    assert [item.item_id for item in items if item.fault] == ["test/00004"]
    assert items[4].label == "37"
    assert items[4].fault == "label '37' is not one of 0-9"


def test_content_is_named_by_pixels_and_shape() -> None:
    pixels = np.arange(12, dtype=np.uint8).tobytes()
    names = {pixels_sha256(shape, pixels) for shape in [(3, 4, 1), (4, 3, 1)]}
    assert len(names) == 2
    assert pixels_sha256((3, 4, 1), pixels) in names
