# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays in files: written whole, read with every checksum compared."""

import errno
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.core.errors import DamagedFile
from components.core.files import replace_atomically

# What a zip archive of NumPy's raises when bytes of it are lost or changed.
_DAMAGES: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    # Its flags say it is encrypted, or packed by an unknown method.
    RuntimeError,
)

# Sizes of an entry beyond 4 GiB.
_ZIP64: Final = b"\x01\x00"


def write_arrays(
    file: Path, arrays: Mapping[str, Any], is_compressed: bool = False
) -> None:
    """Write an .npz file, replacing an older one in one step.

    Args:
        file: The file; its folder is made if needed.
        arrays: Arrays by name, without Python objects.
        is_compressed: Trade time for space. Defaults to no.

    Raises:
        ValueError: If an array holds Python objects.
    """
    save = np.savez_compressed if is_compressed else np.savez
    # A stream, because NumPy appends `.npz` to other names.
    with replace_atomically(file) as unfinished, unfinished.open("wb") as stream:
        save(stream, allow_pickle=False, **arrays)


def read_arrays(file: Path, remedy: str) -> dict[str, NDArray[Any]]:
    """Read all arrays of an .npz file by name.

    Args:
        file: The file.
        remedy: How to get a sound one, as a sentence, for the message.

    Raises:
        FileNotFoundError: If there is no such file.
        DamagedFile: If bytes of it are lost or changed; the message has the remedy.
    """
    check_arrays(file, remedy)
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def check_arrays(file: Path, remedy: str) -> None:
    """Compare the checksum of every array in an .npz file, in a few kB of memory.

    Raises:
        FileNotFoundError, DamagedFile: As `read_arrays`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip() or _odd_entry(archive)
    except _DAMAGES as error:
        raise DamagedFile(file, str(error) or "it is cut off", remedy) from None
    except OSError as error:
        # An offset that a changed byte made negative.
        if error.errno != errno.EINVAL:
            raise
        raise DamagedFile(file, "an impossible offset", remedy) from None
    if damaged:
        raise DamagedFile(file, f"wrong checksum of {damaged}", remedy)


def _odd_entry(archive: zipfile.ZipFile) -> str:
    """Name an entry that NumPy never writes: one with a note, or the name of another.

    A changed byte in the list of entries can hide an array in either.
    """
    names = archive.namelist()
    odd = (
        entry.filename
        for entry in archive.infolist()
        if entry.comment
        or entry.extra[:2] not in (b"", _ZIP64)
        or names.count(entry.filename) > 1
    )
    return next(odd, "")
