# SPDX-License-Identifier: Apache-2.0
"""Pictures of a user's own data set: a bad one is a faulty item, never an error."""

from pathlib import Path

from components.ingest.formats.pictures import inspect_picture
from tests.fuzz import mutation, pictures
from tests.fuzz.mutation import Rng

DECLARED = ()
MEMORY_MB = 800

mutate = mutation.mutate


def draw_corpus(rng: Rng) -> list[bytes]:
    """Pictures in the formats that data sets may have."""
    return pictures.draw(pictures.KINDS, rng)


def run(content: bytes, folder: Path) -> None:
    """Inspect it; a sound one stays sound."""
    picture = inspect_picture(content, "picture")
    if len(picture.fault) > 1000:
        raise RuntimeError(f"a fault of {len(picture.fault):,} characters")
    if not picture.fault:
        again = inspect_picture(picture.image, "picture")
        if again.fault or again.content_sha256 != picture.content_sha256:
            raise RuntimeError(f"not the same again: {again.fault}")
