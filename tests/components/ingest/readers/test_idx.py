# SPDX-License-Identifier: Apache-2.0
"""The reader of any IDX files: pairs by name and header, classes by index."""

import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import DataRefused
from components.core.json_files import write_json
from components.ingest.item import ImageItem
from components.ingest.reader_options import FILE, ReaderOptions
from components.ingest.readers import idx

CLASSES = ("zero", "one", "two")


def _idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def _images(count: int, *shape: int) -> bytes:
    return _idx(np.arange(count * int(np.prod(shape))).reshape(count, *shape) % 251)


def _labels(*labels: int) -> bytes:
    return _idx(np.array(labels))


def _read(
    folder: Path, shape: tuple[int, ...] = (8, 8, 1), **files: bytes
) -> list[ImageItem]:
    for name, content in files.items():
        (folder / name.replace("__", "-")).write_bytes(content)
    options = ReaderOptions("mine", CLASSES, image_shape=shape)
    write_json(folder / FILE, asdict(options))
    idx.check_files(folder)
    chunks = idx.list_chunks(folder)
    return [item for chunk in chunks for item in idx.read_chunk(folder, chunk)]


def test_pairs_are_official_splits_and_labels_are_indices(tmp_path: Path) -> None:
    items = _read(
        tmp_path,
        train__images__idx3__ubyte=_images(2, 8, 8),
        train__labels__idx1__ubyte=_labels(2, 0),
        t10k__images__idx3__ubyte=_images(1, 8, 8),
        t10k__labels__idx1__ubyte=_labels(1),
    )
    found = [(item.item_id, item.label, item.official_split) for item in items]
    assert found == [
        ("test/00000", "one", "test"),
        ("train/00000", "two", "train"),
        ("train/00001", "zero", "train"),
    ]
    assert items[2].image == bytes(range(64, 128))
    assert (items[2].mean, items[2].width, items[2].channels) == (95.5, 8, 1)


def test_only_pair_needs_no_names_and_may_have_colours(tmp_path: Path) -> None:
    files = {"a": _images(3, 9, 8, 3), "b": _labels(0, 1, 7)}
    items = _read(tmp_path, (9, 8, 3), **files)
    assert [item.item_id for item in items] == ["a/00000", "a/00001", "a/00002"]
    assert (items[0].height, items[0].channels, len(items[0].image)) == (9, 3, 216)
    faults = [item.fault for item in items]
    assert faults == ["", "", "unknown class: label 7 of 3 classes"]


def test_chunks_are_limited_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"images": _images(5, 8, 8), "labels": _labels(0, 1, 2, 0, 1)}
    whole = _read(tmp_path, **files)
    monkeypatch.setattr(idx, "CHUNK_BYTES", 130)
    assert [chunk.count for chunk in idx.list_chunks(tmp_path)] == [2, 2, 1]
    assert _read(tmp_path) == whole
    assert idx.count_classes(tmp_path) == 3


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"images": _images(1, 8, 8)}, "pairs of images and labels"),
        ({"images": _images(2, 8, 8), "labels": _labels(0)}, "expected 2 labels"),
        ({"images": _images(1, 9, 8), "labels": _labels(0)}, "expected images of 8 x"),
        ({"images": _images(1, 8, 8)[:-1], "labels": _labels(0)}, "its header says"),
        (
            {"a-images": _images(1, 8, 8), "b-labels": _labels(0)}
            | {"c-images": _images(1, 8, 8), "d-labels": _labels(0)},
            "Received images in a-images, c-images; labels in b-labels, d-labels",
        ),
        ({"images": b"hello", "labels": b""}, "images in no file"),
    ],
)
def test_files_that_are_no_pairs_are_refused(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    with pytest.raises(DataRefused, match=message):
        _read(tmp_path, **files)
