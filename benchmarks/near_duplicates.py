# SPDX-License-Identifier: Apache-2.0
"""Measure the perceptual hash: bits that differ between copies and between others.

    python benchmarks/near_duplicates.py ARCHIVE

ARCHIVE is a zip or plain tar of photographs, for instance that of
`data/raw/cats_dogs/synthetic`. Protocol: the first photographs are copied at two thirds
of the size and JPEG quality 50, and compared with their originals; all photographs are
compared with each other, those with equal pixels counted once. CPU seconds are those of
grouping 25,000 hashes drawn at random.
"""

import argparse
import io
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.ingest.beam.near_duplicates import MAX_DISTANCE, find_near_duplicates
from components.ingest.formats.archives import SUFFIXES, list_members
from components.ingest.formats.jpeg import inspect_jpeg
from components.ingest.readers.photo_archive import read_photograph

NUM_COPIES = 300
NUM_HASHES = 25_000
NEAREST_SHOWN = 6
ROWS_AT_ONCE = 1000


@dataclass
class Photographs:
    """The photographs of an archive, those with equal pixels once."""

    hashes: dict[str, str] = field(default_factory=dict)
    """Content hash -> perceptual hash."""

    firsts: list[bytes] = field(default_factory=list)
    """Encoded bytes of the first `NUM_COPIES`."""

    num_faulty: int = 0
    """Number of files that are damaged or no valid photographs."""


def main() -> None:
    """Measure the hash on the archive and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archive", type=Path)
    archive = parser.parse_args().archive
    if archive.suffix not in SUFFIXES or not archive.is_file():
        parser.error(f"expected a file {' or '.join(SUFFIXES)}, received {archive}")
    photographs = read_photographs(archive)
    print(f"damaged, or no sound photographs: {photographs.num_faulty:,} files")
    bits = bits_of(list(photographs.hashes.values()))
    copies = bits_of([hash_copy(first) for first in photographs.firsts])
    apart = np.count_nonzero(bits[: len(copies)] != copies, axis=1)
    print(
        f"{len(copies):,} copies: {np.median(apart):.0f} bits at the median,", end=" "
    )
    print(f"{apart.max()} at most, {np.mean(apart > MAX_DISTANCE):.2%} over the limit")
    near = nearest(bits)
    pairs = len(bits) * (len(bits) - 1) // 2
    print(f"{pairs:,} pairs of {len(bits):,} others: {near} bits are the fewest")
    drawn = np.random.default_rng(0).bytes(NUM_HASHES * bits.shape[1] // 8).hex()
    width = len(drawn) // NUM_HASHES
    hashes = [drawn[i : i + width] for i in range(0, len(drawn), width)]
    started = time.process_time()
    find_near_duplicates(hashes)
    print(f"{NUM_HASHES:,} hashes: {time.process_time() - started:.1f} s of CPU time")


def read_photographs(archive: Path) -> Photographs:
    """Read all photographs of an archive."""
    found = Photographs()
    for member in list_members(archive):
        photograph = read_photograph(archive, member)
        if photograph.fault:
            found.num_faulty += 1
        elif photograph.content_sha256 not in found.hashes:
            found.hashes[photograph.content_sha256] = photograph.perceptual_hash
            if len(found.firsts) < NUM_COPIES:
                found.firsts.append(photograph.image)
    return found


def hash_copy(content: bytes) -> str:
    """Perceptual hash of a copy at two thirds of the size and JPEG quality 50."""
    image = Image.open(io.BytesIO(content))
    smaller = image.resize((image.width * 2 // 3, image.height * 2 // 3))
    buffer = io.BytesIO()
    smaller.save(buffer, "JPEG", quality=50)
    return inspect_jpeg(buffer.getvalue(), "jpg").perceptual_hash


def bits_of(hashes: list[str]) -> NDArray[np.uint8]:
    """Hashes in hex as rows of bits, `(n, bits)`."""
    content = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8)
    return np.unpackbits(content.reshape(len(hashes), -1), axis=1)


def nearest(bits: NDArray[np.uint8]) -> str:
    """The smallest Hamming distances of all pairs of rows, ascending."""
    signs = bits.astype(np.float32) * 2 - 1
    least: list[int] = []
    for start in range(0, len(bits), ROWS_AT_ONCE):
        some = signs[start : start + ROWS_AT_ONCE]
        apart = (bits.shape[1] - some @ signs.T) / 2
        # Each pair once, and none with itself.
        rows = np.arange(start, start + len(some))[:, np.newaxis]
        distances = apart[rows < np.arange(len(bits))].astype(int)
        least = sorted([*least, *np.sort(distances)[:NEAREST_SHOWN].tolist()])
    return ", ".join(map(str, least[:NEAREST_SHOWN]))


if __name__ == "__main__":
    main()
