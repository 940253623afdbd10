# SPDX-License-Identifier: Apache-2.0
"""The synthetic archive of cats and dogs: a folder per class, with planted faults."""

from typing import Final

from components.ingest.synthetic.archive import SyntheticArchive
from components.ingest.synthetic.cats_dogs_pictures import draw
from components.ingest.synthetic.corrupt_files import (
    KINDS,
    Pixels,
    cmyk_jpeg,
    corrupt_file,
    rotated_jpeg,
    smaller_copy,
)
from components.ingest.synthetic.random_stream import RandomStream

VERSION: Final = 2
# One copy, one smaller copy and one corrupt file for this number of pairs.
COPY_EVERY: Final = 50
CORRUPT_EVERY: Final = 60


def add_pictures(archive: SyntheticArchive, num_items: int) -> None:
    """Add the pictures of both classes in turn, and the planted files."""
    for number in range(num_items):
        label, pixels = draw(archive.seed, number)
        stream = RandomStream(archive.seed, 30_000_000 + number)
        name = f"{label}/{label}.{number:05d}"
        content = archive.add(f"{name}.jpg", pixels, 60 + stream.integer(33))
        _plant(archive, number, label, pixels, content)


def _plant(
    archive: SyntheticArchive, number: int, label: str, pixels: Pixels, content: bytes
) -> None:
    name = f"{label}/{label}.{number:05d}"
    add = archive.packer.add
    # Even numbers are cats. Faults go by pairs, so both classes have equally many.
    pair = number // 2
    if pair % COPY_EVERY == 3:
        add(f"{name}-copy.jpg", content)
    if pair % COPY_EVERY == 16:
        add(f"{name}-smaller.jpg", smaller_copy(pixels))
    if pair % CORRUPT_EVERY == 5:
        kind, extension = KINDS[pair // CORRUPT_EVERY % len(KINDS)]
        file = f"{label}/broken.{number:05d}-{kind}.{extension}"
        add(file, corrupt_file(kind, pixels))
    # Files that only some decoders accept.
    if pair % (4 * CORRUPT_EVERY) == 20:
        add(f"{name}-cmyk.jpg", cmyk_jpeg(draw(archive.seed + 1, number)[1]))
        add(f"{name}-turned.jpg", rotated_jpeg(draw(archive.seed + 2, number)[1]))
    # One picture is in both folders.
    if number == 14:
        add(f"dog/dog.{number:05d}-cat.jpg", content)
