# SPDX-License-Identifier: Apache-2.0
"""Reading of the item table and of the thumbnails in it."""

import io
from pathlib import Path

import pandas
from PIL import Image
from pyarrow import parquet

from components.contracts.features import JPEG_SIGNATURE
from components.contracts.item_columns import TABLE_FILE


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


def thumbnail_png(thumbnail: bytes, width: int, height: int) -> bytes:
    """Return the thumbnail of an item as PNG bytes.

    Args:
        thumbnail: From the item table: raw grey pixels (exactly `width * height`
            bytes), or any encoding that Pillow reads.
        width: Width of the item in pixels.
        height: Height of the item in pixels.
    """
    is_encoded = thumbnail.startswith(JPEG_SIGNATURE)
    if len(thumbnail) == width * height and not is_encoded:
        image = Image.frombytes("L", (width, height), thumbnail)
    else:
        image = Image.open(io.BytesIO(thumbnail))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()
