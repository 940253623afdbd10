# SPDX-License-Identifier: Apache-2.0
"""Drawn pictures in the formats that Pillow writes."""

import io
import warnings
from typing import Any

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from tests.fuzz.mutation import Rng

# Format, mode and options of what is drawn.
KINDS: list[tuple[str, str, dict[str, Any]]] = [
    *(("JPEG", "RGB", {}), ("JPEG", "L", {}), ("JPEG", "CMYK", {})),
    *(("JPEG", "RGB", {"progressive": True}), ("JPEG", "RGB", {"exif": 6})),
    *(
        ("JPEG", "RGB", {"restart_marker_blocks": 2}),
        ("JPEG", "RGB", {"comment": b"a"}),
    ),
    *(("PNG", "RGB", {}), ("PNG", "RGBA", {}), ("PNG", "P", {}), ("PNG", "I;16", {})),
    *(("PNG", "1", {}), ("PNG", "LA", {}), ("PNG", "RGB", {"pnginfo": True})),
    *(("PNG", "P", {"transparency": 3}), ("PNG", "RGB", {"exif": 3})),
    *(("PNG", "RGBA", {"save_all": True}), ("GIF", "P", {"save_all": True})),
    *(("GIF", "P", {}), ("GIF", "P", {"transparency": 1}), ("BMP", "RGB", {})),
    *(("BMP", "P", {}), ("BMP", "1", {}), ("TIFF", "RGB", {}), ("TIFF", "F", {})),
    *(("TIFF", "RGB", {"compression": name}) for name in ("jpeg", "tiff_lzw", "zstd")),
    *(("TIFF", "1", {"compression": "group4"}), ("TIFF", "RGB", {"save_all": True})),
    *(("TIFF", "I;16", {}), ("TIFF", "CMYK", {"compression": "packbits"})),
    *(("WEBP", "RGB", {}), ("WEBP", "RGBA", {"lossless": True})),
    ("WEBP", "RGBA", {"save_all": True}),
]
# Further ones that `prodl predict` reads.
MORE_KINDS: list[tuple[str, str, dict[str, Any]]] = [
    *(
        ("PPM", "RGB", {}),
        ("TGA", "RGBA", {}),
        ("TGA", "RGB", {"compression": "tga_rle"}),
    ),
    *(("PCX", "RGB", {}), ("SGI", "RGB", {}), ("ICO", "RGBA", {}), ("XBM", "1", {})),
    *(("JPEG2000", "RGB", {}), ("JPEG2000", "RGBA", {"irreversible": True})),
    *(("AVIF", "RGB", {}), ("AVIF", "RGBA", {"save_all": True}), ("ICNS", "RGBA", {})),
    *(("DDS", "RGBA", {}), ("IM", "RGB", {}), ("MSP", "1", {}), ("SPIDER", "F", {})),
    *(("MPO", "RGB", {"save_all": True}), ("DIB", "RGB", {}), ("PNG", "I", {})),
    *(("TIFF", "LAB", {}), ("TIFF", "YCbCr", {"compression": "jpeg"})),
    *(("QOI", "RGB", {}), ("PFM", "F", {}), ("PALM", "P", {})),
]


def draw(kinds: list[tuple[str, str, dict[str, Any]]], rng: Rng) -> list[bytes]:
    """Draw a picture of each kind that this Pillow writes."""
    drawn = [_draw(name, mode, dict(options), rng) for name, mode, options in kinds]
    return [content for content in drawn if content]


def _draw(name: str, mode: str, options: dict[str, Any], rng: Rng) -> bytes:
    width, height = (int(side) for side in rng.integers(20, 70, 2))
    image = _picture(mode, (width, height), rng)
    if options.get("save_all"):
        more = [_picture(mode, (width, height), rng) for _ in range(2)]
        options["append_images"] = more
    if "exif" in options:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = options["exif"]
        exif[ExifTags.Base.Make] = "drawn"
        options["exif"] = exif
    if options.get("pnginfo"):
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Title", "x" * 300, zip=True)
        options["pnginfo"].add_itxt("Author", "drawn", zip=True)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.save(buffer, name, **options)
        except (OSError, KeyError, ValueError):
            # Built without this codec, or it cannot write the mode.
            return b""
    return buffer.getvalue()


def _picture(mode: str, size: tuple[int, int], rng: Rng) -> Image.Image:
    coarse = Image.fromarray(rng.integers(0, 256, (8, 8, 4), np.uint8))
    image = coarse.resize(size, Image.Resampling.BICUBIC)
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    if mode in ("I", "F", "P", "1"):
        return image.convert("L").convert(mode)
    return image.convert("RGB").convert(mode) if mode != "RGBA" else image
