# SPDX-License-Identifier: Apache-2.0
"""IDX files of a user's own: images and labels of any shape, one of them mutated."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from components.core.errors import ProdlError
from components.core.json_files import write_json
from components.ingest.reader_options import FILE, ReaderOptions
from components.ingest.readers import idx
from tests.fuzz import mutation
from tests.fuzz.mutation import Rng

DECLARED = (ProdlError,)
MEMORY_MB = 1000
COUNT = 20
SHAPE = (8, 9, 3)

mutate = mutation.mutate


def draw_corpus(rng: Rng) -> list[bytes]:
    """Images in colours, and labels."""
    return [_images(rng), _labels(rng)]


def run(content: bytes, folder: Path) -> None:
    """Read it as images, or as labels if it says so, beside a sound partner."""
    rng = np.random.default_rng(0)
    is_labels = content[3:4] == b"\1"
    (folder / "images").write_bytes(_images(rng) if is_labels else content)
    (folder / "labels").write_bytes(content if is_labels else _labels(rng))
    options = ReaderOptions("mine", ("a", "b"), image_shape=SHAPE)
    write_json(folder / FILE, asdict(options))
    idx.check_files(folder)
    for chunk in idx.list_chunks(folder):
        idx.read_chunk(folder, chunk)
    idx.count_classes(folder)


def _images(rng: Rng) -> bytes:
    return b"\0\0\x08\x04" + _sizes(COUNT, *SHAPE) + rng.bytes(COUNT * 8 * 9 * 3)


def _labels(rng: Rng) -> bytes:
    labels = rng.integers(0, 2, COUNT, np.uint8).tobytes()
    return b"\0\0\x08\x01" + _sizes(COUNT) + labels


def _sizes(*sizes: int) -> bytes:
    return np.array(sizes, ">u4").tobytes()
