# SPDX-License-Identifier: Apache-2.0
"""Reading of the item table and of the thumbnails in it."""

import io
from pathlib import Path
from typing import Final

import pandas
from PIL import Image
from pyarrow import parquet

TABLE_FILE: Final = "items.parquet"
# Bytes per pixel -> Pillow's mode.
_MODES: Final = {1: "L", 3: "RGB"}


def read_item_table(uri: str, columns: list[str] | None = None) -> pandas.DataFrame:
    """Read an ItemTable artifact.

    Args:
        uri: Folder of the artifact.
        columns: Columns wanted. Defaults to all but `thumbnail`, which is large.
    """
    file = Path(uri) / TABLE_FILE
    names = columns or parquet.read_schema(file).names
    wanted = [name for name in names if columns or name != "thumbnail"]
    return pandas.read_parquet(file, columns=wanted)


def pixels_png(pixels: bytes, width: int, height: int) -> bytes:
    """Encode raw pixels as PNG.

    Args:
        pixels: uint8 pixels, grey or RGB, flattened from (height, width, channels).
        width: Width in pixels.
        height: Height in pixels.

    Raises:
        ValueError: The number of bytes fits neither grey nor RGB pixels.
    """
    num_channels, rest = divmod(len(pixels), max(1, width * height))
    if rest or num_channels not in _MODES:
        raise ValueError(
            f"an image of {width} x {height} pixels must have {width * height} bytes, "
            f"or three times as many.\nReceived {len(pixels)}."
        )
    image = Image.frombytes(_MODES[num_channels], (width, height), pixels)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
