# SPDX-License-Identifier: Apache-2.0
"""IDX files, the format of MNIST: a header, then an array of unsigned bytes.

The header has two zero bytes, the type code 8 (unsigned byte), the number of
dimensions, and each dimension as a big-endian 32-bit integer.
"""

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.core.errors import DataRefused
from components.core.files import require_regular_file

UNSIGNED_BYTE = 8


def is_idx(start: bytes) -> bool:
    """Whether a file is an IDX file of labels, of grey or of RGB images.

    Args:
        start: Its first four bytes, or more.
    """
    return start[:4] in {bytes((0, 0, UNSIGNED_BYTE, number)) for number in (1, 3, 4)}


def read_shape(path: Path, num_dimensions: int) -> tuple[int, ...]:
    """Read the dimensions from the header of an IDX file.

    Args:
        path: The file.
        num_dimensions: Expected number of dimensions: 3 for images, 1 for labels.

    Raises:
        DataRefused: The header is another one, or does not match the size of the file.
    """
    header_size = 4 + 4 * num_dimensions
    require_regular_file(path)
    with path.open("rb") as stream:
        header = stream.read(header_size)
    magic = bytes([0, 0, UNSIGNED_BYTE, num_dimensions])
    if len(header) < header_size or header[:4] != magic:
        raise DataRefused(
            f"{path}: wrong header. Expected an IDX file that begins with the bytes "
            f"{magic.hex(' ')}. Received {header[:4].hex(' ') or 'nothing'}."
        )
    shape = struct.unpack(f">{num_dimensions}I", header[4:])
    size = header_size + math.prod(shape)
    if path.stat().st_size != size:
        raise DataRefused(
            f"{path}: its header says {' x '.join(map(str, shape))}, which makes "
            f"{size:,} bytes. Received {path.stat().st_size:,} bytes."
        )
    return shape


def read_rows(
    path: Path, start: int, count: int, row: tuple[int, ...]
) -> NDArray[np.uint8]:
    """Read a range of rows of an IDX file without reading the others.

    Args:
        path: The file.
        start: First row.
        count: Number of rows.
        row: Shape of one row, `()` for labels.

    Returns:
        uint8 array, (count, *row).
    """
    row_size = math.prod(row)
    header_size = 4 + 4 * (1 + len(row))
    with path.open("rb") as stream:
        stream.seek(header_size + start * row_size)
        content = stream.read(count * row_size)
    return np.frombuffer(content, np.uint8).reshape(count, *row)
