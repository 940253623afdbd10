# SPDX-License-Identifier: Apache-2.0
"""Ingest's examination of photographs: any bytes give a result, none an error."""

import zlib
from pathlib import Path

from components.ingest.formats.jpeg import inspect_jpeg
from tests.fuzz import mutation, pictures
from tests.fuzz.mutation import Rng

DECLARED = ()
MEMORY_MB = 800

mutate = mutation.mutate


def draw_corpus(rng: Rng) -> list[bytes]:
    """Pictures in six formats."""
    return pictures.draw(pictures.KINDS, rng)


def run(content: bytes, folder: Path) -> None:
    """Examine it under one of three extensions."""
    extension = ("jpg", "jpg", "png")[zlib.crc32(content) % 3]
    found = inspect_jpeg(content, extension)
    if len(found.fault) > 1000:
        raise RuntimeError(f"a fault of {len(found.fault):,} characters")
