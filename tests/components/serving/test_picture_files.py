# SPDX-License-Identifier: Apache-2.0
"""A picture of a user is an input within limits, or has a fault in one line."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.core.project import project_root
from components.serving.drawings import fit_drawing
from components.serving.picture_files import list_files, read_picture
from components.serving.pictures import encode_photograph, fit_picture
from tests.support.datasets.photo_archives import photo

# Prints the most memory that a picture takes in three conversions, in MB.
MEASURE = """
import sys
from pathlib import Path
from components.serving.drawings import fit_drawing
from components.serving.picture_files import read_picture
from components.serving.pictures import encode_photograph, fit_picture
for convert in (lambda image: fit_drawing(image, (28, 28, 1), 20),
                lambda image: fit_picture(image, (32, 32, 3)), encode_photograph):
    file = read_picture(Path(sys.argv[1]), convert)
    assert not file.fault, file.fault
    del file
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) // 1000)
"""


def _small(image: Image.Image) -> np.ndarray:
    return fit_picture(image, (32, 32, 3))


def _write(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def test_picture_of_30_megapixels_fits_into_800_mb(tmp_path: Path) -> None:
    image = Image.new("RGBA", (6000, 5000), (255, 255, 255, 200))
    image.paste((0, 0, 0, 255), (1000, 1000, 3000, 4000))
    large = _write(tmp_path / "large.png", image, compress_level=1)
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, str(large)],
        cwd=project_root(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(measured.stdout) <= 800


@pytest.mark.parametrize("size", [(6000, 5001), (10_000, 10_000), (20_000, 20_000)])
def test_larger_picture_is_refused_before_it_is_decoded(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    large = _write(tmp_path / "large.png", Image.new("1", size))
    fault = read_picture(large, encode_photograph).fault
    assert fault.startswith("too many pixels: ")
    assert fault.endswith("at most 30 megapixels")


def test_pipe_device_and_folder_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "empty").mkdir()
    for name, fault in (("pipe", "a pipe"), ("link", "a pipe"), ("empty", "no files")):
        assert fault in read_picture(tmp_path / name, _small).fault
    assert "a device" in read_picture(Path(os.devnull), _small).fault
    # A folder stands for its regular files.
    assert list(list_files([tmp_path])) == [tmp_path]


def test_name_that_no_file_can_have_is_a_fault() -> None:
    (path,) = list_files(["x" * 5000])
    assert read_picture(path, _small).fault


def test_program_in_a_picture_is_not_run(tmp_path: Path) -> None:
    page = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    (tmp_path / "x.eps").write_text(page)
    assert "not a picture" in read_picture(tmp_path / "x.eps", _small).fault


def test_jpeg_with_scans_without_end_is_refused(tmp_path: Path) -> None:
    content = photo(1, progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    (tmp_path / "x.jpg").write_bytes(content[:-2] + scan * 200 + content[-2:])
    fault = read_picture(tmp_path / "x.jpg", _small).fault
    assert fault == "too many scans: more than 100"
    (tmp_path / "x.jpg").write_bytes(content)
    assert not read_picture(tmp_path / "x.jpg", _small).fault


@pytest.mark.parametrize("error", [MemoryError, SyntaxError, KeyError, RecursionError])
def test_any_error_of_a_decoder_is_a_fault(
    tmp_path: Path, error: type[Exception]
) -> None:
    def convert(image: Image.Image) -> bytes:
        raise error

    picture = _write(tmp_path / "x.png", Image.new("L", (9, 9)))
    assert read_picture(picture, convert).fault


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e38])
def test_picture_of_floats_may_hold_anything(tmp_path: Path, value: float) -> None:
    pixels = np.full((40, 30), 200, np.float32)
    pixels[10:30, 10:20] = 0
    pixels[0, 0] = value
    picture = _write(tmp_path / "x.tiff", Image.fromarray(pixels))
    assert not read_picture(picture, _small).fault
    assert not read_picture(picture, encode_photograph).fault


def test_bands_give_what_the_whole_picture_gives() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (1500, 1400, 4), np.uint8)
    paper = Image.new("RGBA", (1400, 1500), "white")
    whole = Image.alpha_composite(paper, Image.fromarray(pixels)).convert("RGB")
    fitted = fit_picture(Image.fromarray(pixels), (1500, 1400, 3))
    np.testing.assert_array_equal(fitted, np.asarray(whole))
    deep = pixels[..., 0].astype(np.uint16) * 257
    fitted = fit_picture(Image.fromarray(deep), (1500, 1400, 1))
    np.testing.assert_array_equal(fitted[..., 0], pixels[..., 0])


def test_spots_lighter_than_the_paper_are_no_ink() -> None:
    pixels = np.full((60, 60), 200, np.uint8)
    pixels[20:40, 20:40] = 255
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    with pytest.raises(ValueError, match="no ink"):
        fit_drawing(Image.open(buffer), (28, 28, 1), 20)
