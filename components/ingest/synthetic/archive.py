# SPDX-License-Identifier: Apache-2.0
"""Synthetic data: an archive of generated pictures, or files of other data.

The generator of a data set is the module `components.ingest.synthetic.<dataset>`, with
an integer `VERSION` and a function `add_pictures(archive, num_items)`, or for other
data `draw_files(folder, seed, num_items)`. Pixels, or the bytes of those files, are
checked against a checksum. The bytes of JPEGs differ between builds of Pillow, so the
checksum of an archive itself is recorded and not checked here.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Sequence
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
    """The interface of a data set's generator of pictures."""

    VERSION: int

    def add_pictures(self, archive: SyntheticArchive, num_items: int) -> None:
        """Add all pictures, copies and corrupt files."""


class FileGenerator(Protocol):
    """The interface of a data set's generator of other data."""

    VERSION: int

    def draw_files(self, folder: Path, seed: int, num_items: int) -> tuple[Path, ...]:
        """Draw all files, with planted faults; return them in their order."""


def generate(dataset: str, generator: Generator, folder: Path) -> tuple[Path, ...]:
    """Generate the synthetic variant of a data set and check its content.

    Args:
        dataset: Name of the data set.
        generator: Parameters from the source list.
        folder: Folder of the new files.

    Raises:
        UsageError: The data set has no generator.
        DataNotObtainable: Version or content are not those of the source list.
    """
    if generator.pixels_sha256:
        return (generate_archive(dataset, generator, folder),)
    module = cast(FileGenerator, load_generator(dataset))
    _check_version(dataset, generator, module.VERSION)
    files = module.draw_files(folder, generator.seed, generator.num_items)
    content = files_sha256(files)
    if content != generator.content_sha256:
        for file in files:
            file.unlink()
        raise DataNotObtainable(
            f"{dataset}: the generator drew other data than the source list names.\n"
            f"Expected sha256 {generator.content_sha256}.\nReceived {content}.\n"
            "If seed or number were changed on purpose, put the new checksum there."
        )
    return files


def files_sha256(files: Sequence[Path]) -> str:
    """Compute one checksum over the names and bytes of files, in their order."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}:{file.stat().st_size}:".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def generate_archive(dataset: str, generator: Generator, folder: Path) -> Path:
    """Generate the pictures of a data set and check their pixels.

    Args:
        dataset: Name of the data set.
        generator: Parameters from the source list.
        folder: Folder of the new archive.

    Raises:
        UsageError: The data set has no generator.
        DataNotObtainable: Version or pixels are not those of the source list.
    """
    _check_version(dataset, generator, load_generator(dataset).VERSION)
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


def _check_version(dataset: str, generator: Generator, version: int) -> None:
    if generator.version != version:
        raise DataNotObtainable(
            f"{dataset}: the source list asks for version {generator.version} of the "
            f"generator.\nThis code draws version {version}."
        )


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
