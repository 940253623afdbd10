# SPDX-License-Identifier: Apache-2.0
"""Every kind of file has one defined outcome: taken, converted, or left out and why."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageFile

from components.images.limits import MAX_PIXELS
from components.ingest.formats.jpeg import inspect_jpeg
from components.ingest.formats.perceptual_hash import perceptual_hash
from tests.support.datasets.photo_archives import encode, photo, picture


def distance(left: str, right: str) -> int:
    return (int(left, 16) ^ int(right, 16)).bit_count()


def test_sound_photograph_is_measured_and_its_bytes_are_kept() -> None:
    content = photo(1, (640, 400))
    found = inspect_jpeg(content, "jpg")
    assert (found.fault, found.conversion) == ("", "")
    assert found.image == content
    assert (found.width, found.height, found.channels) == (640, 400, 3)
    pixels = np.asarray(Image.open(io.BytesIO(content)), np.float64)
    # Measured on the picture at half or a quarter of its size.
    assert found.mean == pytest.approx(pixels.mean(), abs=0.5)
    assert found.std == pytest.approx(pixels.std(), abs=2)
    assert max(Image.open(io.BytesIO(found.thumbnail)).size) == 96


def test_grey_photograph_is_taken_as_it_is() -> None:
    content = encode(picture(1, mode="L"))
    found = inspect_jpeg(content, "JPG")
    assert (found.fault, found.conversion, found.channels) == ("", "", 1)
    assert found.image == content


def test_cmyk_becomes_rgb() -> None:
    content = encode(picture(1, mode="CMYK"))
    found = inspect_jpeg(content, "jpg")
    assert (found.fault, found.conversion) == ("", "CMYK to RGB")
    stored = Image.open(io.BytesIO(found.image))
    assert stored.mode == "RGB"
    # Whoever has only the picture can tell that it was converted, and how.
    assert stored.info["comment"] == b"converted at ingest: CMYK to RGB"
    assert found.mean == pytest.approx(inspect_jpeg(photo(1), "jpg").mean, abs=6)


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_turned_photograph_is_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    found = inspect_jpeg(photo(1, (64, 48), exif=exif), "jpg")
    assert found.fault == ""
    assert found.conversion == f"turned upright (EXIF {orientation})"
    is_on_its_side = orientation >= 5
    upright = (48, 64) if is_on_its_side else (64, 48)
    assert (found.width, found.height) == upright
    # The bytes themselves now say it, without EXIF.
    stored = Image.open(io.BytesIO(found.image))
    assert stored.size == upright
    assert stored.getexif().get(ExifTags.Base.Orientation, 1) == 1


def test_damaged_note_on_how_a_photograph_lies_is_a_reason_and_no_error() -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif[ExifTags.Base.Orientation] = 6
    content = bytearray(photo(1, exif=exif))
    # The words now stand where the width belongs, which is a number.
    content[content.index(b"\x01\x0f\x00\x02") + 1] = 0
    assert inspect_jpeg(bytes(content), "jpg").fault.startswith("corrupt: ")


def test_upright_photograph_with_exif_is_left_alone() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 1
    content = photo(1, exif=exif)
    assert inspect_jpeg(content, "jpg").image == content


def _png_16_bit() -> bytes:
    values = (np.arange(64 * 48, dtype=np.uint16) * 20).reshape(48, 64)
    return encode(Image.fromarray(values), "PNG")


def _animated() -> bytes:
    frames = [picture(2)]
    return encode(picture(1), "GIF", save_all=True, append_images=frames)


@pytest.mark.parametrize(
    ("content", "extension", "fault"),
    [
        (b"", "jpg", "empty file"),
        (b"Not a picture.", "jpg", "not a JPEG: unknown bytes"),
        (encode(picture(1), "PNG"), "png", "not a JPEG: PNG"),
        (encode(picture(1), "PNG"), "jpg", "mislabelled extension: PNG in .jpg"),
        (encode(picture(1), "BMP"), "jpeg", "mislabelled extension: BMP in .jpeg"),
        (photo(1), "png", "mislabelled extension: JPEG in .png"),
        (_png_16_bit(), "png", "not a JPEG: PNG, 16 bits per channel"),
        (_animated(), "gif", "not a JPEG: GIF, animated"),
        (encode(Image.new("RGB", (1, 1))), "jpg", "too small: 1 x 1"),
        (encode(Image.new("RGB", (15, 40))), "jpg", "too small: 15 x 40"),
        (photo(1)[:700], "jpg", "truncated: "),
        # In the middle of its header.
        (photo(1)[:300], "jpg", "truncated: "),
        (photo(1)[:20] + bytes(900), "jpg", "corrupt: "),
        (b"\xff\xd8\xff", "jpg", "corrupt: "),
    ],
)
def test_what_is_no_sound_photograph_is_left_out_with_its_reason(
    content: bytes, extension: str, fault: str
) -> None:
    found = inspect_jpeg(content, extension)
    assert found.fault.startswith(fault)
    assert (found.image, found.content_sha256, found.perceptual_hash) == (b"", "", "")


def test_smallest_photograph_is_taken() -> None:
    found = inspect_jpeg(encode(Image.new("RGB", (16, 40))), "jpg")
    assert (found.fault, found.width) == ("", 16)


def test_what_could_be_decoded_of_a_truncated_photograph_is_shown() -> None:
    whole = photo(1, (256, 192))
    found = inspect_jpeg(whole[: len(whole) // 2], "jpg")
    assert found.fault.startswith("truncated")
    assert Image.open(io.BytesIO(found.thumbnail)).size == (96, 72)


def test_bomb_of_pixels_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A header alone promises the pixels: nothing of this size is ever made.
    content = bytearray(photo(1))
    start = content.index(b"\xff\xc0") + 5
    content[start : start + 4] = struct.pack(">HH", 65_000, 65_000)
    assert inspect_jpeg(bytes(content), "jpg").fault.startswith("too many pixels")
    content[start : start + 4] = struct.pack(">HH", 6_000, 6_000)
    fault = "too many pixels: 6000 x 6000, at most 30 megapixels"
    assert inspect_jpeg(bytes(content), "jpg").fault == fault


def test_bomb_under_another_name_is_not_decoded_for_its_thumbnail() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"")
    found = inspect_jpeg(png, "png")
    assert found.fault.startswith(("not a JPEG", "too many pixels"))
    assert found.thumbnail == b""


def test_limits_of_the_library_are_set() -> None:
    assert Image.MAX_IMAGE_PIXELS == MAX_PIXELS
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize("change", ["smaller", "worse", "brighter"])
def test_look_stays_when_a_picture_is_copied(change: str) -> None:
    image = picture(3, (300, 200))
    copies = {
        "smaller": image.resize((200, 133)),
        "worse": Image.open(io.BytesIO(encode(image, quality=35))),
        "brighter": image.point(lambda value: min(255, value + 15)),
    }
    assert distance(perceptual_hash(image), perceptual_hash(copies[change])) <= 20


def test_look_tells_pictures_apart() -> None:
    hashes = [perceptual_hash(picture(seed)) for seed in range(20)]
    others = [distance(a, b) for a in hashes for b in hashes if a != b]
    assert min(others) > 60


def test_every_kept_photograph_is_one_that_tensorflow_decodes() -> None:
    import tensorflow as tf

    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    contents = [photo(1), encode(picture(1, mode="CMYK")), photo(2, exif=exif)]
    contents += [encode(picture(1, mode="L")), photo(3, progressive=True)]
    for content in contents:
        found = inspect_jpeg(content, "jpg")
        decoded = tf.io.decode_jpeg(found.image, channels=3)
        assert decoded.shape == (found.height, found.width, 3)


def test_jpeg_with_scans_without_end_is_refused() -> None:
    content = photo(1, progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    for extension in ("jpg", "png"):
        found = inspect_jpeg(content[:-2] + scan * 200 + content[-2:], extension)
        assert "too many scans: more than 100" in found.fault
        assert found.thumbnail == b""


def test_film_behind_a_photograph_is_not_counted() -> None:
    content = photo(1) + b"\xff\xda\x00\x00" * 500
    assert inspect_jpeg(content, "jpg").fault == ""
