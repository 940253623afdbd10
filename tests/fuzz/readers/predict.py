# SPDX-License-Identifier: Apache-2.0
"""Pictures given to `prodl predict`: a bad one is reported, never an error."""

from pathlib import Path

from PIL import Image

from components.serving.drawings import fit_drawing
from components.serving.picture_files import Picture, read_picture
from components.serving.pictures import encode_photograph, fit_picture
from tests.fuzz import mutation, pictures
from tests.fuzz.mutation import Rng

DECLARED = ()
MEMORY_MB = 800

mutate = mutation.mutate


def draw_corpus(rng: Rng) -> list[bytes]:
    """Pictures in all formats that Pillow writes."""
    return pictures.draw(pictures.KINDS + pictures.MORE_KINDS, rng)


def run(content: bytes, folder: Path) -> None:
    """Read it as a drawing, a small picture and a photograph."""
    (folder / "picture").write_bytes(content)
    for convert in (_drawing, _small, encode_photograph):
        file = read_picture(folder / "picture", convert)
        if len(file.fault) > 1000:
            raise RuntimeError(f"a fault of {len(file.fault):,} characters")


def _drawing(image: Image.Image) -> Picture:
    return fit_drawing(image, (28, 28, 1), 20)


def _small(image: Image.Image) -> Picture:
    return fit_picture(image, (32, 32, 3))
