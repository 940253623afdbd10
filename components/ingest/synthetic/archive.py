# SPDX-License-Identifier: Apache-2.0
"""Synthetic archives: generated pictures, with faults that real archives have.

The generator of a data set is the module `components.ingest.synthetic.<dataset>`, with
an integer `VERSION` and a function `add_pictures(archive, num_items)`. The pixels are
checked against a checksum. The bytes of JPEGs differ between builds of Pillow, so the
checksum of the archive itself is recorded and not checked here.
"""

import hashlib
import importlib
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from components.core.errors import DataNotObtainable, UsageError
from components.ingest.formats.packing import Packer
from components.ingest.synthetic.corrupt_files import Pixels, encode_jpeg
from components.ingest.variant import Generator


@dataclass
class SyntheticArchive:
    """An archive that pictures are added to."""

    packer: Packer
    """Writes the files."""

    seed: int
    """Seed of all random numbers."""

    pixels: Any = field(default_factory=hashlib.sha256)
    """Checksum over the names, sizes and pixels of the pictures so far."""

    def add(self, name: str, pixels: Pixels, quality: int) -> bytes:
        """Add a picture, (height, width, 3), and return its JPEG."""
        height, width, _ = pixels.shape
        self.pixels.update(f"{name}:{height}x{width}:".encode())
        self.pixels.update(pixels.tobytes())
        content = encode_jpeg(pixels, quality)
        self.packer.add(name, content)
        return content


class GeneratorModule(Protocol):
    """The interface of a data set's generator."""

    VERSION: int

    def add_pictures(self, archive: SyntheticArchive, num_items: int) -> None:
        """Add all pictures, copies and corrupt files."""


def generate_archive(dataset: str, generator: Generator, folder: Path) -> Path:
    """Generate the synthetic variant of a data set and check its pixels.

    Args:
        dataset: Name of the data set.
        generator: Parameters from the source list.
        folder: Folder of the new archive.

    Raises:
        UsageError: The data set has no generator.
        DataNotObtainable: Version or pixels are not those of the source list.
    """
    version = load_generator(dataset).VERSION
    if generator.version != version:
        raise DataNotObtainable(
            f"{dataset}: the source list asks for version {generator.version} of the "
            f"generator.\nThis code draws version {version}."
        )
    archive = folder / f"{dataset}-synthetic.zip"
    pixels = draw_archive(dataset, generator, archive)
    if pixels != generator.pixels_sha256:
        archive.unlink()
        raise DataNotObtainable(
            f"{dataset}: the generator drew other pixels than the source list names.\n"
            f"Expected sha256 {generator.pixels_sha256}.\nReceived {pixels}.\n"
            "If seed or number were changed on purpose, put the new checksum there."
        )
    return archive


def draw_archive(dataset: str, generator: Generator, target: Path) -> str:
    """Draw all pictures of a data set into an archive.

    Args:
        dataset: Name of the data set.
        generator: Number of pictures and seed.
        target: The archive.

    Returns:
        sha256 over the names, sizes and pixels of the pictures.
    """
    with Packer(target) as packer:
        archive = SyntheticArchive(packer, generator.seed)
        load_generator(dataset).add_pictures(archive, generator.num_items)
    return str(archive.pixels.hexdigest())


def load_generator(dataset: str) -> GeneratorModule:
    """Import the generator of a data set.

    Raises:
        UsageError: There is none.
    """
    module = f"components.ingest.synthetic.{dataset}"
    if importlib.util.find_spec(module) is None:
        raise UsageError(
            f"no generator for data set {dataset!r}: there is no module {module}.\n"
            "Write it as components/ingest/synthetic/cats_dogs.py shows."
        )
    return cast(GeneratorModule, importlib.import_module(module))
