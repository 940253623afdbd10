# SPDX-License-Identifier: Apache-2.0
"""Synthetic archives: drawn pictures, and the faults that real archives have.

The drawn pixels are held to a checksum; how Pillow's JPEG encoder writes them may
differ from build to build, so the archive's own checksum is recorded instead.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from components.ingest.formats.packing import Packer
from components.ingest.source_list import Generator
from components.ingest.synthetic import cats_dogs, cervix
from components.ingest.synthetic.random_numbers import Dice

Pixels = NDArray[np.uint8]
# One copy, one smaller copy and one broken file for so many pictures.
COPY_EVERY: Final = 50
BREAK_EVERY: Final = 60

_BREAKERS: Final[tuple[tuple[str, str], ...]] = (
    ("truncated", "jpg"),
    ("empty", "jpg"),
    ("png", "jpg"),
    ("animated", "jpg"),
    ("text", "jpg"),
    ("point", "jpg"),
    ("jpeg", "png"),
    ("scrambled", "jpg"),
)


@dataclass
class Album:
    """An archive that is being drawn.

    Attributes:
        packer: Takes the files.
        seed: Of everything random.
        pixels: Checksum of what was drawn so far.
    """

    packer: Packer
    seed: int
    pixels: Any

    def add(self, name: str, pixels: Pixels, quality: int) -> bytes:
        """Add a drawn picture, and count its pixels."""
        height, width, _ = pixels.shape
        self.pixels.update(f"{name}:{height}x{width}:".encode())
        self.pixels.update(pixels.tobytes())
        content = jpeg(pixels, quality)
        self.packer.add(name, content)
        return content


def draw_album(dataset: str, generator: Generator, target: Path) -> str:
    """Draw the synthetic variant of a data set into an archive.

    Args:
        dataset: `cats_dogs` or `cervix`.
        generator: How many pictures, by which seed.
        target: The archive.

    Returns:
        sha256 over the names, sizes and pixels of the drawn pictures.
    """
    with Packer(target) as packer:
        album = Album(packer, generator.seed, hashlib.sha256())
        _DRAWERS[dataset](album, generator.num_items)
    return str(album.pixels.hexdigest())


def version_of(dataset: str) -> int:
    """Version of the code that draws a data set."""
    return {"cats_dogs": cats_dogs.VERSION, "cervix": cervix.VERSION}[dataset]


def jpeg(pixels: Pixels, quality: int, **options: Any) -> bytes:
    """Encode pixels as JPEG."""
    return _encoded(Image.fromarray(pixels), "JPEG", quality=quality, **options)


def _draw_cats_dogs(album: Album, num_items: int) -> None:
    for number in range(num_items):
        label, pixels = cats_dogs.draw(album.seed, number)
        quality = 60 + Dice(album.seed, 30_000_000 + number).below(33)
        content = album.add(f"{label}/{label}.{number:05d}.jpg", pixels, quality)
        # Numbers tell cats from dogs, pairs of them do not: faults fall on both alike.
        pair = number // 2
        if pair % COPY_EVERY == 3:
            album.packer.add(f"{label}/{label}.{number:05d}-copy.jpg", content)
        if pair % COPY_EVERY == 16:
            _add_smaller(album, f"{label}/{label}.{number:05d}-smaller.jpg", pixels)
        if pair % BREAK_EVERY == 5:
            _add_broken(album, f"{label}/broken.{number:05d}", pair, pixels)
        # Real albums hold what only some decoders understand.
        if pair % (4 * BREAK_EVERY) == 20:
            _add_cmyk(album, f"{label}/{label}.{number:05d}-cmyk.jpg", number)
            _add_turned(album, f"{label}/{label}.{number:05d}-turned.jpg", number)
        # Somebody put the same picture into both folders.
        if number == 14:
            album.packer.add(f"dog/dog.{number:05d}-cat.jpg", content)


def _draw_cervix(album: Album, num_items: int) -> None:
    """A quarter train, half additional with repeated patients, a quarter test."""
    quarter = num_items // 4
    train = _draw_patients(album, "train", 0, [1] * quarter)
    sizes = [1 + number % 4 for number in range(2 * quarter * 2 // 5)]
    _draw_patients(album, "additional", quarter, sizes)
    tested = _draw_patients(album, "test", quarter + len(sizes), [1] * quarter)
    _plant_cervix(album, train, tested)
    rows = [
        ",".join([name, *("1" if t == kind else "0" for t in cervix.TYPES)])
        for name, kind, _ in tested
    ]
    table = "\n".join([",".join(["image_name", *cervix.TYPES]), *sorted(rows)])
    album.packer.add("solution_stg1_release.csv", f"{table}\n".encode())


_Drawn = list[tuple[str, str, Pixels]]


def _draw_patients(album: Album, folder: str, first: int, sizes: list[int]) -> _Drawn:
    drawn = []
    kinds = cervix.kinds_in_order(album.seed + first, len(sizes))
    for number, (size, kind) in enumerate(zip(sizes, kinds, strict=True), first):
        who = cervix.patient(album.seed, number, kind)
        name = cervix.TYPES[kind]
        for picture in range(size):
            pixels = cervix.draw(album.seed, who, picture)
            file = f"p{number:05d}_{picture}.jpg"
            place = (
                f"{folder}/{file}" if folder == "test" else f"{folder}/{name}/{file}"
            )
            dice = Dice(album.seed, 30_000_000 + 16 * number + picture)
            # The additional pictures are of lower quality, as the real ones are.
            quality = (
                45 + dice.below(30) if folder == "additional" else 75 + dice.below(18)
            )
            album.add(place, pixels, quality)
            drawn.append((file, name, pixels))
            if folder == "additional" and number % BREAK_EVERY == 11 and not picture:
                _add_broken(album, f"{folder}/{name}/broken_{number}", number, pixels)
    return drawn


def _plant_cervix(album: Album, train: _Drawn, tested: _Drawn) -> None:
    """Copies among the additional pictures: of train with another type, and of test."""
    for number, (_, kind, pixels) in enumerate(train[::COPY_EVERY]):
        others = [other for other in cervix.TYPES if other != kind]
        name = f"additional/{others[number % 2]}/copy_{number}.jpg"
        _add_smaller(album, name, pixels)
    for number, (_, kind, pixels) in enumerate(tested[:: 2 * COPY_EVERY]):
        _add_smaller(album, f"additional/{kind}/again_{number}.jpg", pixels)


_DRAWERS: Final[dict[str, Callable[[Album, int], None]]] = {
    "cats_dogs": _draw_cats_dogs,
    "cervix": _draw_cervix,
}


def _add_smaller(album: Album, name: str, pixels: Pixels) -> None:
    image = Image.fromarray(pixels)
    size = (image.width * 3 // 4, image.height * 3 // 4)
    smaller = image.resize(size, Image.Resampling.BILINEAR)
    album.packer.add(name, _encoded(smaller, "JPEG", quality=60))


def _add_broken(album: Album, name: str, number: int, pixels: Pixels) -> None:
    kind, extension = _BREAKERS[number // BREAK_EVERY % len(_BREAKERS)]
    album.packer.add(f"{name}-{kind}.{extension}", broken(kind, pixels))


def _add_cmyk(album: Album, name: str, number: int) -> None:
    _, pixels = cats_dogs.draw(album.seed + 1, number)
    image = Image.fromarray(pixels).convert("CMYK")
    album.packer.add(name, _encoded(image, "JPEG", quality=80))


def _add_turned(album: Album, name: str, number: int) -> None:
    _, pixels = cats_dogs.draw(album.seed + 2, number)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned clockwise by a quarter
    # As the camera was held: the bytes lie on their side.
    album.packer.add(name, jpeg(np.rot90(pixels).copy(), 80, exif=exif))


def broken(kind: str, pixels: Pixels) -> bytes:
    """A file that no one should train on.

    Args:
        kind: `truncated`, `scrambled`, `empty`, `png`, `animated`, `text`, `point` (one
            pixel) or `jpeg` (sound, to be given a wrong extension).
        pixels: What it shows, as far as it shows anything.
    """
    image = Image.fromarray(pixels)
    whole = jpeg(pixels, 80)
    if kind == "truncated":
        return whole[: len(whole) // 2]
    if kind == "scrambled":
        # The header stays, so it looks like a JPEG; its tables are gone.
        return whole[:20] + bytes(len(whole) - 20)
    if kind == "png":
        return _encoded(image, "PNG")
    if kind == "animated":
        more = [image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
        return _encoded(image, "GIF", save_all=True, append_images=more)
    if kind == "point":
        return _encoded(Image.new("RGB", (1, 1)), "JPEG")
    return {
        "text": b"This is not the picture you are looking for.\n",
        "jpeg": whole,
    }.get(kind, b"")


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
