# SPDX-License-Identifier: Apache-2.0
"""Print how far the hash of looks lies apart for copies, and for other photographs.

    python benchmarks/lookalikes.py ARCHIVE

ARCHIVE is a zip or plain tar of photographs; the drawn ones of
`data/raw/cats_dogs/synthetic` will do. Copies are made of the first photographs of it:
two thirds of the size, JPEG quality 50. All are compared with each other, but those
that show the same to the last pixel only once. Seconds are the CPU time of finding all
pairs among 25,000 hashes drawn at random.
"""

import argparse
import io
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.ingest.archives import list_members, read_member
from components.ingest.grouping import MAX_DISTANCE, lookalikes
from components.ingest.photographs import Photograph, examine

NUM_COPIES = 300
NUM_HASHES = 25_000
NEAREST_SHOWN = 6
ROWS_AT_ONCE = 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archive", type=Path)
    found = {p.content_sha256: p for p in sound(parser.parse_args().archive)}
    bits = bits_of([photograph.look for photograph in found.values()])
    firsts = list(found.values())[:NUM_COPIES]
    copies = bits_of([examine(copied(p.image), "jpg").look for p in firsts])
    apart = np.count_nonzero(bits[: len(firsts)] != copies, axis=1)
    print(
        f"{len(firsts):,} copies: {np.median(apart):.0f} bits at the median,", end=" "
    )
    print(f"{apart.max()} at most, {np.mean(apart > MAX_DISTANCE):.2%} over the limit")
    near = nearest(bits)
    pairs = len(bits) * (len(bits) - 1) // 2
    print(f"{pairs:,} pairs of {len(bits):,} others: {near} bits are the fewest")
    drawn = np.random.default_rng(0).bytes(NUM_HASHES * bits.shape[1] // 8).hex()
    width = len(drawn) // NUM_HASHES
    looks = [drawn[i : i + width] for i in range(0, len(drawn), width)]
    started = time.process_time()
    lookalikes(looks)
    print(f"{NUM_HASHES:,} hashes: {time.process_time() - started:.1f} s of CPU time")


def sound(archive: Path) -> Iterator[Photograph]:
    """The sound photographs of an archive."""
    for member in list_members(archive):
        if not member.fault:
            extension = member.name.rpartition(".")[2]
            photograph = examine(read_member(archive, member), extension)
            if not photograph.fault:
                yield photograph


def copied(content: bytes) -> bytes:
    """A smaller and worse copy."""
    image = Image.open(io.BytesIO(content))
    smaller = image.resize((image.width * 2 // 3, image.height * 2 // 3))
    buffer = io.BytesIO()
    smaller.save(buffer, "JPEG", quality=50)
    return buffer.getvalue()


def bits_of(looks: list[str]) -> NDArray[np.uint8]:
    """Hashes as rows of bits."""
    content = np.frombuffer(bytes.fromhex("".join(looks)), np.uint8)
    return np.unpackbits(content.reshape(len(looks), -1), axis=1)


def nearest(bits: NDArray[np.uint8]) -> str:
    """The smallest distances of all pairs, smallest first."""
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
