# SPDX-License-Identifier: Apache-2.0
"""IDX files of MNIST, of which one of four is mutated."""

from pathlib import Path

import numpy as np

from components.core.errors import ProdlError
from components.ingest.readers import mnist
from tests.fuzz import mutation
from tests.fuzz.mutation import Rng

DECLARED = (ProdlError,)
MEMORY_MB = 1000
COUNT = 40
_IMAGES, _LABELS = b"\0\0\x08\x03", b"\0\0\x08\x01"
_SHAPE = np.array([COUNT, mnist.SIDE, mnist.SIDE], ">u4").tobytes()

mutate = mutation.mutate


def draw_corpus(rng: Rng) -> list[bytes]:
    """Images and labels."""
    return [_images(rng), _labels(rng)]


def run(content: bytes, folder: Path) -> None:
    """Read it as images, or as labels if it says so, beside three sound files."""
    rng = np.random.default_rng(0)
    is_labels = content[:4] == _LABELS
    for images, labels in mnist.PARTS.values():
        (folder / images).write_bytes(_images(rng))
        (folder / labels).write_bytes(_labels(rng))
    (folder / mnist.PARTS["train"][is_labels]).write_bytes(content)
    mnist.check_files(folder)
    for chunk in mnist.list_chunks(folder, chunk_size=10):
        mnist.read_chunk(folder, chunk)


def _images(rng: Rng) -> bytes:
    return _IMAGES + _SHAPE + rng.bytes(COUNT * mnist.SIDE**2)


def _labels(rng: Rng) -> bytes:
    return _LABELS + _SHAPE[:4] + rng.integers(0, 10, COUNT, np.uint8).tobytes()
