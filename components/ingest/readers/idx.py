# SPDX-License-Identifier: Apache-2.0
"""Reader of IDX files of any data set: pairs of images and labels.

A pair is found by headers and names: `train-images-idx3-ubyte` has the images of
`train-labels-idx1-ubyte`, and the only images belong to the only labels. A name with
`train`, `test` (also `t10k`) or `validation` in it is that official split. The label of
an image is an index into the classes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from components.core.errors import DataRefused
from components.core.shortening import enumerate_names
from components.ingest.formats.idx import UNSIGNED_BYTE, read_rows, read_shape
from components.ingest.item import Chunk, ImageItem, pixels_sha256
from components.ingest.reader_options import read_reader_options
from components.ingest.readers.label_tables import split_of_name

# Of a chunk: memory holds one per worker.
CHUNK_BYTES: Final = 4 << 20
_MAGIC: Final = b"\0\0"
# Words of a name that say no more than the header does.
_WORDS: Final = re.compile(r"[a-z0-9]+")
_KIND: Final = re.compile(r"images?|labels?|idx\d?|ubyte|u?int8|data|gz")
_LARGEST_SIDE: Final = 1 << 14


@dataclass(frozen=True)
class Pair:
    """Images with their labels."""

    part: str
    """Name of the pair, which begins the identifiers of its items: `train`."""

    images: str
    """Name of the file of images."""

    labels: str
    """Name of the file of labels."""

    count: int
    """Number of images."""

    image_shape: tuple[int, int, int]
    """Height, width and channels."""


def check_files(raw_dir: Path) -> None:
    """Check that the files are pairs, with images of the shape of the data set.

    Raises:
        DataRefused: There is no pair, a file has no partner, or a shape is another one.
    """
    expected = read_reader_options(raw_dir).image_shape
    for pair in find_pairs(raw_dir):
        if pair.image_shape != tuple(expected):
            raise DataRefused(
                f"{raw_dir / pair.images}: expected images of {_describe(expected)}.\n"
                f"Received {_describe(pair.image_shape)}."
            )


def find_pairs(folder: Path) -> list[Pair]:
    """Find the pairs of images and labels in a folder, in the order of their parts.

    Args:
        folder: Folder of IDX files; other files are not looked at.

    Raises:
        DataRefused: There is none, a file has no partner, or a header is wrong.
    """
    files = sorted(p for p in folder.iterdir() if num_dimensions(p))
    images = [path for path in files if num_dimensions(path) > 1]
    labels = [path for path in files if num_dimensions(path) == 1]
    if len(images) == len(labels) == 1:
        return [_pair(images[0], labels[0])]
    of_key = {_key(path.name): path for path in labels}
    alone = {_key(path.name) for path in images} ^ of_key.keys()
    if not images or alone or len(of_key) < len(labels) or len(images) != len(labels):
        raise DataRefused(
            f"{folder}: expected IDX files in pairs of images and labels, such as "
            "train-images-idx3-ubyte with train-labels-idx1-ubyte.\n"
            f"Received images in {_names(images)}; labels in {_names(labels)}."
        )
    pairs = [_pair(path, of_key[_key(path.name)]) for path in images]
    ordered = sorted(pairs, key=lambda pair: pair.part)
    parts = [pair.part for pair in ordered]
    if len(set(parts)) < len(parts) or len({pair.image_shape for pair in pairs}) > 1:
        raise DataRefused(
            f"{folder}: expected images of one shape, in files of different names.\n"
            "Received "
            + enumerate_names(f"{p.images}: {_describe(p.image_shape)}" for p in pairs)
        )
    return ordered


def num_dimensions(path: Path) -> int:
    """Number of dimensions that the header of an IDX file says; 0 for other files."""
    if not path.is_file():
        return 0
    with path.open("rb") as stream:
        header = stream.read(4)
    is_idx = len(header) == 4 and header[:2] == _MAGIC and header[2] == UNSIGNED_BYTE
    return header[3] if is_idx and header[3] in (1, 3, 4) else 0


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Cut the data set into chunks of `CHUNK_BYTES` bytes."""
    chunks: list[Chunk] = []
    for pair in find_pairs(raw_dir):
        num_items = max(1, CHUNK_BYTES // max(1, int(np.prod(pair.image_shape))))
        for start in range(0, pair.count, num_items):
            count = min(num_items, pair.count - start)
            chunks.append(Chunk(len(chunks), pair.part, start, count))
    return chunks


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[ImageItem]:
    """Read one chunk; a faulty item is marked, never an error.

    Args:
        raw_dir: Folder of the files.
        chunk: The chunk.
    """
    classes = read_reader_options(raw_dir).classes
    (pair,) = [pair for pair in find_pairs(raw_dir) if pair.part == chunk.part]
    return list(_read_items(raw_dir, pair, chunk, classes))


def count_classes(folder: Path) -> int:
    """Number of classes, by the largest label; 0 without labels.

    Args:
        folder: Folder of IDX files.

    Raises:
        DataRefused: They are not in pairs.
    """
    pairs = find_pairs(folder)
    largest = (
        max(read_rows(folder / pair.labels, 0, pair.count, row=()).tolist(), default=-1)
        for pair in pairs
    )
    return max(largest, default=-1) + 1


def _read_items(
    raw_dir: Path, pair: Pair, chunk: Chunk, classes: Sequence[str]
) -> Iterator[ImageItem]:
    height, width, channels = pair.image_shape
    # As many digits as the last item needs, so that ids sort like numbers.
    digits = max(5, len(str(pair.count - 1)))
    images = raw_dir / pair.images
    # A file of grey images has no dimension of channels.
    row = pair.image_shape[: num_dimensions(images) - 1]
    flat = read_rows(images, chunk.start, chunk.count, row).reshape(chunk.count, -1)
    labels = read_rows(raw_dir / pair.labels, chunk.start, chunk.count, row=())
    # Both in float64: a mean summed in float32 depends on the order of summing.
    means = flat.mean(axis=1).astype(np.float32).tolist()
    stds = flat.std(axis=1).astype(np.float32).tolist()
    rows = zip(flat, labels.tolist(), means, stds, strict=True)
    for number, (pixels, label, mean, std) in enumerate(rows, chunk.start):
        is_known = label < len(classes)
        yield ImageItem(
            item_id=f"{pair.part}/{number:0{digits}d}",
            label=classes[label] if is_known else str(label),
            official_split=split_of_name(pair.part),
            image=pixels.tobytes(),
            width=width,
            height=height,
            channels=channels,
            mean=mean,
            std=std,
            content_sha256=pixels_sha256(pair.image_shape, pixels.tobytes()),
            thumbnail=pixels.tobytes(),
            fault="" if is_known else _label_fault(label, classes),
        )


def _label_fault(label: int, classes: Sequence[str]) -> str:
    return f"unknown class: label {label} of {len(classes)} classes"


def _pair(images: Path, labels: Path) -> Pair:
    dimensions = num_dimensions(images)
    count, *image = read_shape(images, dimensions)
    height, width, channels = (*image, 1)[:3]
    (num_labels,) = read_shape(labels, num_dimensions=1)
    if num_labels != count:
        raise DataRefused(
            f"{labels}: expected {count:,} labels, as many as there are images in "
            f"{images.name}.\nReceived {num_labels:,}."
        )
    if min(image) < 1 or max(image) > _LARGEST_SIDE or channels not in (1, 3):
        raise DataRefused(
            f"{images}: expected images of 1 channel (grey) or 3 (RGB).\n"
            f"Received {_describe((height, width, channels))}."
        )
    key = _key(images.name)
    return Pair(_part(key), images.name, labels.name, count, (height, width, channels))


def _key(name: str) -> str:
    """What the names of a pair have in common."""
    words = _WORDS.findall(name.lower())
    return "-".join(word for word in words if not _KIND.fullmatch(word))


def _part(key: str) -> str:
    return split_of_name(key) or key or "all"


def _describe(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "no shape"


def _names(paths: Sequence[Path]) -> str:
    return enumerate_names(path.name for path in paths) or "no file"
