# SPDX-License-Identifier: Apache-2.0
"""Pictures of every common format: sound ones are kept, or become a PNG of them."""

import io
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image

from components.images.limits import MAX_PIXELS
from components.ingest.formats.pictures import inspect_picture
from components.serving.pictures import fit_picture
from tests.support.datasets.photo_archives import encode, photo, picture

GREY = "L"
COLOUR = "RGB"


def _deep(seed: int) -> Image.Image:
    grey = np.asarray(picture(seed, (12, 9), "L"))
    return Image.fromarray(grey.astype(np.uint16) * 257)


def _decoded(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    return np.asarray(image)


@pytest.mark.parametrize(
    ("kind", "name", "mode", "channels", "conversion"),
    [
        ("PNG", "a.png", COLOUR, 3, ""),
        ("PNG", "a.PNG", GREY, 1, ""),
        ("PNG", "a", "P", 3, "P to RGB"),
        ("PNG", "a.png", "1", 1, "1 to L"),
        ("PNG", "a.png", "RGBA", 3, "laid on white"),
        ("PNG", "a.png", "LA", 1, "laid on white"),
        ("WEBP", "a.webp", COLOUR, 3, "WebP to PNG"),
        ("BMP", "a.bmp", COLOUR, 3, "BMP to PNG"),
        ("TIFF", "a.tif", GREY, 1, "TIFF to PNG"),
        ("TIFF", "a.tiff", "CMYK", 3, "CMYK to RGB, TIFF to PNG"),
        ("TIFF", "a.tiff", "F", 1, "to 8 bits, F to L, TIFF to PNG"),
        ("GIF", "a.gif", "P", 3, "P to RGB, GIF to PNG"),
    ],
)
def test_picture_becomes_a_png_of_its_pixels(
    kind: str, name: str, mode: str, channels: int, conversion: str
) -> None:
    found = inspect_picture(encode(picture(1, (12, 9), mode), kind), name)
    assert found.fault == ""
    assert (found.width, found.height, found.channels) == (12, 9, channels)
    assert found.conversion == conversion
    pixels = _decoded(found.image)
    assert pixels.mean() == pytest.approx(found.mean)
    assert pixels.std() == pytest.approx(found.std)


def test_jpeg_keeps_its_bytes() -> None:
    content = photo(1, (8, 8))
    assert inspect_picture(content, "a.jpg").image == content


def test_sixteen_bits_are_scaled_to_eight() -> None:
    found = inspect_picture(encode(_deep(2), "PNG"), "a.png")
    assert found.conversion == "to 8 bits, I;16 to L"
    assert np.array_equal(_decoded(found.image), np.asarray(picture(2, (12, 9), "L")))


def test_transparent_parts_are_white() -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    found = inspect_picture(encode(image, "PNG"), "a.png")
    assert _decoded(found.image).min() == 255


def test_training_and_prediction_see_the_same_pixels() -> None:
    for mode in ("RGBA", "P", "CMYK", "LA"):
        kind = "TIFF" if mode == "CMYK" else "PNG"
        content = encode(picture(3, (12, 9), mode), kind)
        found = inspect_picture(content, "a.png" if kind == "PNG" else "a.tif")
        asked = fit_picture(Image.open(io.BytesIO(content)), (9, 12, 3))
        trained = Image.open(io.BytesIO(found.image)).convert("RGB")
        assert np.array_equal(asked, np.asarray(trained))


def test_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    content = encode(picture(1, (12, 9)), "WEBP", lossless=True, exif=exif)
    found = inspect_picture(content, "a.webp")
    assert (found.width, found.height) == (9, 12)
    assert found.conversion == "turned upright (EXIF 6), WebP to PNG"


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG"])
def test_first_of_several_pictures_is_taken(kind: str) -> None:
    frames = [picture(seed, (12, 9)) for seed in (1, 2)]
    content = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    found = inspect_picture(content, "a")
    assert found.conversion.startswith("first of several pictures")
    wanted = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    assert np.array_equal(_decoded(found.image), wanted)


def test_nothing_but_pixels_is_kept() -> None:
    content = encode(picture(1, (12, 9)), "PNG", icc_profile=b"x" * 5000)
    assert b"iCCP" not in inspect_picture(content, "a.png").image


PNG = encode(picture(1, (12, 9)), "PNG")


@pytest.mark.parametrize(
    ("content", "name", "fault"),
    [
        (b"", "a.png", "empty file"),
        (b"hello", "a.png", "not a picture: damaged PNG, or no picture"),
        (b"hello", "a.txt", "not a picture: unknown bytes"),
        (PNG, "a.jpg", "mislabelled extension: PNG in .jpg"),
        (photo(1), "a.png", "mislabelled extension: JPEG in .png"),
        (PNG[:200], "a.png", "truncated: "),
        (PNG[:8] + b"xx", "a.png", "corrupt: cannot identify image file"),
        (encode(picture(1, (12, 7)), "PNG"), "a.png", "too small: 12 x 7"),
        (photo(1, (7, 12)), "a.jpg", "too small: 7 x 12"),
    ],
)
def test_file_without_a_sound_picture_has_a_fault(
    content: bytes, name: str, fault: str
) -> None:
    found = inspect_picture(content, name)
    assert found.fault.startswith(fault)


def test_too_many_pixels_are_not_decoded() -> None:
    content = bytearray(PNG)
    # Width and height in the header, then its checksum.
    content[16:20] = (MAX_PIXELS // 4).to_bytes(4, "big")
    content[20:24] = (5).to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    found = inspect_picture(bytes(content), "a.png")
    assert found.fault.startswith("too many pixels")


def test_copies_of_small_pictures_are_found_by_their_pixels_alone() -> None:
    small, large = (encode(picture(1, size), "PNG") for size in ((8, 8), (64, 48)))
    assert inspect_picture(small, "a.png").perceptual_hash == ""
    assert len(inspect_picture(large, "a.png").perceptual_hash) == 64
    again = encode(picture(1, (8, 8)), "BMP")
    assert (
        inspect_picture(again, "a.bmp").content_sha256
        == inspect_picture(small, "a.png").content_sha256
    )
