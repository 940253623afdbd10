# SPDX-License-Identifier: Apache-2.0
"""Drawn archives of photographs: zip, tar and 7z, packed in all usual ways."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import py7zr
from PIL import Image

from tests.fuzz.mutation import Rng

TABLE = b"image_name,Type_1,Type_2,Type_3\n0.jpg,0,1,0\n1.jpg,1,0,0\n"


def photographs(rng: Rng) -> dict[str, bytes]:
    """Photographs by path, of both data sets, and what may lie beside them."""
    files = {
        f"{folder}/{number}.jpg": _photograph(rng)
        for folder in ("PetImages/Cat", "dog", "train/Type_1", "additional/Type_2")
        for number in range(2)
    }
    files["test/0.jpg"] = _photograph(rng)
    files["solution_stg1_release.csv"] = TABLE
    return files | {"readme.txt": b"nothing", "empty/0.jpg": b""}


def write_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Write a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as container:
        container.mkdir("folder")
        for name, content in files.items():
            with container.open(
                name, "w", force_zip64=name.startswith("dog")
            ) as member:
                member.write(content)
    return buffer.getvalue()


def write_tar(
    files: Mapping[str, bytes], mode: str = "w:", form: int = tarfile.PAX_FORMAT
) -> bytes:
    """Write a tar with files, a link, a folder, a device and a long name."""
    buffer = io.BytesIO()
    open_with: Any = tarfile.open
    with open_with(fileobj=buffer, mode=mode, format=form) as container:
        for name, content in {**files, f"{'long/' * 40}0.jpg": b"x"}.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1.5
            info.pax_headers = {"comment": "drawn"}
            container.addfile(info, io.BytesIO(content))
        for kind in (
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.DIRTYPE,
            tarfile.CHRTYPE,
        ):
            info = tarfile.TarInfo(f"dog/{kind.decode()}")
            info.type, info.linkname = kind, "dog/0.jpg"
            container.addfile(info)
    return buffer.getvalue()


def write_7z(files: Mapping[str, bytes], filters: list[dict[str, int]] | None) -> bytes:
    """Write a 7z."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=filters) as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return buffer.getvalue()


def _photograph(rng: Rng) -> bytes:
    coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8))
    buffer = io.BytesIO()
    coarse.resize((24, 20)).save(buffer, "JPEG", quality=50)
    return buffer.getvalue()
