# SPDX-License-Identifier: Apache-2.0
"""Pictures embedded in a page as data URIs."""

import base64
import struct
from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from components.core.number_format import format_number
from components.report.fragments.text import escape, paragraph

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_TINY: Final = 64  # pixels of the longer side, up to which pixels stay sharp


def image_grid(
    pictures: Sequence[tuple[bytes, Any]],
    size: int = 72,
    columns: int | None = None,
    alt: str = "",
    limit: int = 200,
) -> Markup:
    """Make a grid of pictures with captions.

    Args:
        pictures: Encoded picture (PNG, JPEG, GIF) and caption (text or fragment). Bytes
            of another format become an empty frame with a note.
        size: Longer side in CSS pixels. Defaults to 72.
        columns: Most pictures in a row. Defaults to as many as fit.
        alt: Alternative text of all pictures, as in `misread digit`, before the
            caption. Defaults to the caption alone.
        limit: Most pictures; the others are counted. Defaults to 200.
    """
    if not pictures:
        return paragraph("No pictures.")
    figures = Markup("\n").join(
        _figure(data, caption, size, alt) for data, caption in pictures[:limit]
    )
    width = f"--size:{size}px"
    if columns:
        width += f";max-width:calc({columns} * (max({size}px, 4.5rem) + 0.75rem))"
    html = Markup('<div class="pictures" style="{}">{}</div>').format(width, figures)
    left_out = len(pictures) - limit
    if left_out > 0:
        html += paragraph(f"{format_number(left_out)} more are not shown.")
    return html


def _figure(data: bytes, caption: Any, size: int, alt: str) -> Markup:
    shown = escape(caption)
    label = ": ".join(part for part in (alt, shown.striptags()) if part)
    return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(
        picture(data, size, label), shown
    )


def picture(data: bytes, size: int = 72, alt: str = "") -> Markup:
    """Embed a picture.

    Args:
        data: Encoded picture; other bytes become an empty frame with a note.
        size: Longer side in CSS pixels. Defaults to 72.
        alt: Alternative text. Defaults to none.
    """
    kind = next((mime for sign, mime in _SIGNATURES if data.startswith(sign)), None)
    if kind is None or (kind == "image/png" and b"IEND" not in data[-12:]):
        return Markup('<span class="no-picture">not a picture</span>')
    pixels = _png_size(data) if kind == "image/png" else None
    is_tiny = pixels is not None and max(pixels) <= _TINY
    scale = size / max(1, *pixels) if pixels else None
    width, height = (
        (round(pixels[0] * scale), round(pixels[1] * scale))
        if pixels and scale
        else (size, None)
    )
    return Markup('<img{} alt="{}" width="{}"{} src="data:{};base64,{}"/>').format(
        Markup(' class="tiny"') if is_tiny else "",
        escape(alt),
        width,
        Markup(f' height="{height}"') if height else "",
        kind,
        base64.b64encode(data).decode("ascii"),
    )


def _png_size(data: bytes) -> tuple[int, int] | None:
    # Width and height are the first fields of the first chunk.
    if len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height
