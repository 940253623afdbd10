# SPDX-License-Identifier: Apache-2.0
"""The reader of MNIST gives every item, sound or not, in a fixed order."""

from pathlib import Path

import numpy as np
import pytest

from components.core.errors import DataRefused
from components.ingest.item import ImageItem, pixels_sha256
from components.ingest.readers.mnist import check_files, list_chunks, read_chunk
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


@pytest.mark.parametrize("label", [10, 37])
def test_label_out_of_range_is_a_fault_not_an_error(tmp_path: Path, label: int) -> None:
    folder = write_mnist(tmp_path, train=10, test=10)
    labels = read_idx(folder / TEST_LABELS)
    labels[4] = label
    write_idx(folder / TEST_LABELS, labels)
    items = _read(folder)
    assert [item.item_id for item in items if item.fault] == ["test/00004"]
    assert items[4].label == str(label)
    assert items[4].fault == f"label '{label}' is not one of 0-9"


@pytest.mark.parametrize("more", [-1, 1])
def test_as_many_labels_as_images_are_expected(tmp_path: Path, more: int) -> None:
    folder = write_mnist(tmp_path, train=10, test=10)
    check_files(folder)
    labels = read_idx(folder / TEST_LABELS)
    write_idx(folder / TEST_LABELS, np.resize(labels, 10 + more))
    with pytest.raises(DataRefused, match=f"expected 10 labels.*Received {10 + more}"):
        check_files(folder)


@pytest.mark.parametrize("more", [-1, 1])
def test_file_of_another_size_than_its_header_says_is_refused(
    tmp_path: Path, more: int
) -> None:
    folder = write_mnist(tmp_path, train=10, test=10)
    content = (folder / TRAIN_IMAGES).read_bytes()
    (folder / TRAIN_IMAGES).write_bytes(content[:-1] if more < 0 else content + b"x")
    with pytest.raises(DataRefused, match="its header says 10 x 28 x 28"):
        check_files(folder)


def test_content_is_named_by_pixels_and_shape() -> None:
    pixels = np.arange(12, dtype=np.uint8).tobytes()
    names = {pixels_sha256(shape, pixels) for shape in [(3, 4, 1), (4, 3, 1)]}
    assert len(names) == 2
    assert pixels_sha256((3, 4, 1), pixels) in names
