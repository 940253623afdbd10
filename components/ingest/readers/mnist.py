# SPDX-License-Identifier: Apache-2.0
"""Reader of MNIST: four IDX files, two for training and two for testing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from components.core.errors import DataRefused
from components.ingest.formats.idx import read_rows, read_shape
from components.ingest.item import Chunk, ImageItem, pixels_sha256

# Sorted by part, so that items are read in the order of item_id.
PARTS = {
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
}
SIDE = 28
IMAGE_SHAPE = (SIDE, SIDE, 1)
NUM_CLASSES = 10


def check_files(raw_dir: Path) -> None:
    """Check the headers of the four files for consistency.

    Raises:
        DataRefused: A header is wrong, an image is not 28 x 28, or there are not as
            many labels as images.
    """
    for images, labels in PARTS.values():
        count, *image = read_shape(raw_dir / images, num_dimensions=3)
        if image != [SIDE, SIDE]:
            raise DataRefused(
                f"{raw_dir / images}: wrong image size in the header. "
                f"Expected {SIDE} x {SIDE}. Received {image[0]} x {image[1]}."
            )
        (num_labels,) = read_shape(raw_dir / labels, num_dimensions=1)
        if num_labels != count:
            raise DataRefused(
                f"{raw_dir / labels}: expected {count:,} labels, as many as there "
                f"are images in {images}. Received {num_labels:,}."
            )


def list_chunks(raw_dir: Path, chunk_size: int = 2000) -> list[Chunk]:
    """Cut the data set into chunks.

    Args:
        raw_dir: Folder of the four files.
        chunk_size: Most items in one chunk. Defaults to 2000.
    """
    chunks: list[Chunk] = []
    for part, (images, _) in PARTS.items():
        total = read_shape(raw_dir / images, num_dimensions=3)[0]
        for start in range(0, total, chunk_size):
            count = min(chunk_size, total - start)
            chunks.append(Chunk(len(chunks), part, start, count))
    return chunks


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[ImageItem]:
    """Read one chunk; a faulty item is marked, never an error.

    Args:
        raw_dir: Folder of the four files.
        chunk: The chunk.
    """
    return list(_read_items(raw_dir, chunk))


def _read_items(raw_dir: Path, chunk: Chunk) -> Iterator[ImageItem]:
    image_file, label_file = PARTS[chunk.part]
    total = read_shape(raw_dir / image_file, num_dimensions=3)[0]
    # As many digits as the last item needs, so that ids sort like numbers.
    digits = max(5, len(str(total - 1)))
    images = read_rows(raw_dir / image_file, chunk.start, chunk.count, row=(SIDE, SIDE))
    labels = read_rows(raw_dir / label_file, chunk.start, chunk.count, row=())
    flat = images.reshape(chunk.count, -1)
    # Both in float64: a mean summed in float32 depends on the order of summing.
    means = flat.mean(axis=1).astype(np.float32).tolist()
    stds = flat.std(axis=1).astype(np.float32).tolist()
    rows = zip(flat, labels.tolist(), means, stds, strict=True)
    for number, (pixels, label, mean, std) in enumerate(rows, chunk.start):
        image = pixels.tobytes()
        yield ImageItem(
            item_id=f"{chunk.part}/{number:0{digits}d}",
            label=str(label),
            official_split=chunk.part,
            image=image,
            width=SIDE,
            height=SIDE,
            channels=1,
            mean=mean,
            std=std,
            content_sha256=pixels_sha256(IMAGE_SHAPE, image),
            thumbnail=image,
            fault="" if label < NUM_CLASSES else _describe_fault(label),
        )


def _describe_fault(label: int) -> str:
    return f"label '{label}' is not one of 0-{NUM_CLASSES - 1}"
