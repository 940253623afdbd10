# SPDX-License-Identifier: Apache-2.0
"""Reading of a zip in bounded memory, whatever it says of itself."""

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from components.core.errors import DataRefused

# JPEGs hardly shrink; a higher ratio of compression is a zip bomb.
MAX_RATIO: Final = 100
RATIO_COUNTS_FROM: Final = 1 << 20
MAX_DIRECTORY: Final = 8 << 20
# Bytes read at once. Decoders of other methods than these two have no limit on what
# they make of the bytes that they are given.
LIMITED_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BLOCK: Final = 1 << 20
_UNLIMITED_BLOCK: Final = 1 << 12


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip whose directory fits into memory.

    Args:
        path: A regular file.

    Raises:
        DataRefused: It lists more members than any data set has.
        Exception: Any, if it is damaged; see `damage.is_damage`.
    """
    with path.open("rb") as stream, suppress(OSError):
        # zipfile reads the whole directory at once, so its size is asked before.
        end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
        if end and end[zipfile._ECD_SIZE] > MAX_DIRECTORY:  # type: ignore[attr-defined]
            raise DataRefused(
                f"{path.name}: its directory has more than {MAX_DIRECTORY:,} "
                "bytes.\nExpected an archive of photographs. Pack them anew."
            )
    return zipfile.ZipFile(path)


def read_blocks(container: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Read a member of a zip in blocks, whatever it claims about its size.

    Args:
        container: The zip.
        info: The member.

    Raises:
        Exception: Any, if it is damaged; see `damage.is_damage`.
    """
    is_limited = info.compress_type in LIMITED_METHODS
    size = _BLOCK if is_limited else _UNLIMITED_BLOCK
    with container.open(info) as stream:
        while block := stream.read(size):
            yield block


def packed_too_tightly(info: zipfile.ZipInfo) -> str:
    """Describe a zip bomb; "" for a member that is none."""
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size >= RATIO_COUNTS_FROM and ratio > MAX_RATIO:
        return f"packed too tightly: 1 to {ratio:,.0f}"
    return ""
