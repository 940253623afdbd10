# SPDX-License-Identifier: Apache-2.0
"""Small drawn photographs, no two of them near-duplicates, and archives of them.

archive = write_zip(tmp_path / "photographs.zip", {"cat/1.jpg": photo(1)})
"""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from components.ingest.file_manifest import Manifest, describe_file, write_manifest


def picture(seed: int, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Any:
    """Draw soft random patches as a Pillow image of `size`, (width, height)."""
    random = np.random.default_rng(seed)
    patches = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)
    return image.convert(mode)


def encode(image: Any, kind: str = "JPEG", **options: Any) -> bytes:
    """Encode a Pillow image as a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(seed: int, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Draw a valid JPEG file."""
    return encode(picture(seed, size), **{"quality": 90, **options})


def cats_and_dogs(num: int, size: tuple[int, int] = (64, 48)) -> dict[str, bytes]:
    """Draw valid photographs by path, cats and dogs in turn."""
    animals = ("cat", "dog")
    return {f"{animals[n % 2]}/{n:05d}.jpg": photo(n, size) for n in range(num)}


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a zip archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as container:
        for name, content in files.items():
            container.writestr(name, content)
    return path


def write_tar(path: Path, files: Mapping[str, bytes], mode: str = "w") -> Path:
    """Write files into a tar archive; with mode `w:gz` a compressed one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as container:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    return path


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def record(folder: Path) -> None:
    """Write the manifest of the only archive in a folder, as a fetch does."""
    archive = next(path for path in folder.iterdir() if path.suffix in (".zip", ".tar"))
    write_manifest(folder, Manifest("drawn by the tests", (describe_file(archive),)))
