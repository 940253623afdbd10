# SPDX-License-Identifier: Apache-2.0
"""Reader of stripes: two IDX files."""

from collections.abc import Iterator
from pathlib import Path

from components.ingest.formats.idx import read_rows, read_shape
from components.ingest.item import Chunk, ImageItem, pixels_sha256

IMAGES = "images-idx3-ubyte"
LABELS = "labels-idx1-ubyte"
SIDE = 8
CLASSES = ("rows", "columns")


def check_files(raw_dir: Path) -> None:
    """Check the headers of both files."""
    read_shape(raw_dir / IMAGES, num_dimensions=3)
    read_shape(raw_dir / LABELS, num_dimensions=1)


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Return a single chunk: the data set is small."""
    (count,) = read_shape(raw_dir / LABELS, num_dimensions=1)
    return [Chunk(0, "all", 0, count)]


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[ImageItem]:
    """Read the chunk."""
    return list(_read_items(raw_dir, chunk))


def _read_items(raw_dir: Path, chunk: Chunk) -> Iterator[ImageItem]:
    images = read_rows(raw_dir / IMAGES, chunk.start, chunk.count, row=(SIDE, SIDE))
    labels = read_rows(raw_dir / LABELS, chunk.start, chunk.count, row=())
    pairs = zip(images, labels.tolist(), strict=True)
    for number, (pixels, label) in enumerate(pairs):
        image = pixels.tobytes()
        yield ImageItem(
            item_id=f"all/{number:05d}",
            label=CLASSES[label],
            official_split="",
            image=image,
            width=SIDE,
            height=SIDE,
            channels=1,
            mean=float(pixels.mean()),
            std=float(pixels.std()),
            content_sha256=pixels_sha256((SIDE, SIDE, 1), image),
            thumbnail=image,
        )
