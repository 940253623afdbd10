# SPDX-License-Identifier: Apache-2.0
"""`prodl predict` with a denoiser: pictures in, pictures under the same names out."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pipelines.__main__ import main
from tests.support.models.autoencoders import known_pictures, write_bank_autoencoder
from tests.support.models.generators import write_bank_generator
from tests.support.project import RECIPE, make_project
from tests.support.published import register_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a published denoiser; the signature decides, not the recipe."""
    root = make_project(tmp_path_factory.mktemp("denoise") / "project").root
    write_bank_autoencoder(root / "models" / RECIPE / "1")
    register_folder(root / "models" / RECIPE / "1")
    return root


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    picture = known_pictures()[3, ..., 0].copy()
    picture[::5, ::5] = 255
    Image.fromarray(picture).save(tmp_path / "three.png")
    return tmp_path / "three.png"


def _denoise(root: Path, *arguments: object) -> Result:
    return CliRunner().invoke(
        main,
        ["predict", RECIPE, *map(str, arguments)],
        env={"PRODL_ROOT": str(root)},
    )


def test_picture_comes_back_clean_under_its_name(
    root: Path, noisy: Path, tmp_path: Path
) -> None:
    result = _denoise(root, noisy, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    restored = np.asarray(Image.open(tmp_path / "out" / "three.png"))
    np.testing.assert_array_equal(restored, known_pictures()[3, ..., 0])


def test_folder_is_denoised_whole_or_not_at_all(
    root: Path, noisy: Path, tmp_path: Path
) -> None:
    (noisy.parent / "notes.txt").write_text("no picture")
    refused = _denoise(root, noisy.parent, "-o", tmp_path / "out")
    assert refused.exit_code == 2
    assert "notes.txt: it is not a picture in a known format" in refused.output
    assert not (tmp_path / "out").exists()
    (noisy.parent / "notes.txt").unlink()
    assert _denoise(root, noisy.parent, "-o", tmp_path / "out").exit_code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["three.png"]


def test_deep_picture_is_scaled_not_cut_off(
    root: Path, noisy: Path, tmp_path: Path
) -> None:
    deep = np.asarray(Image.open(noisy)).astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "deep.png")
    result = _denoise(root, tmp_path / "deep.png", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    restored = np.asarray(Image.open(tmp_path / "out" / "deep.png"))
    np.testing.assert_array_equal(restored, known_pictures()[3, ..., 0])


def test_picture_of_another_size_stops_all(
    root: Path, noisy: Path, tmp_path: Path
) -> None:
    Image.new("L", (32, 28)).save(tmp_path / "wide.png")
    result = _denoise(root, noisy, tmp_path / "wide.png", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "expected a picture of 28 x 28 pixels, received 32 x 28" in result.output
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(root: Path, noisy: Path, tmp_path: Path) -> None:
    before = noisy.read_bytes()
    into_itself = _denoise(root, noisy, "-o", tmp_path)
    assert into_itself.exit_code == 2
    assert "would be overwritten" in into_itself.output
    assert noisy.read_bytes() == before
    twins = _denoise(root, noisy, noisy, "-o", tmp_path / "out")
    assert "two of the pictures" in twins.output


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.png", "there is no such file"),
        ("text.png", "it is not a picture in a known format"),
    ],
)
def test_file_that_is_no_picture_is_named(
    root: Path, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    result = _denoise(root, tmp_path / name, "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert message in result.output


def test_model_without_the_signature_is_named(root: Path, noisy: Path) -> None:
    folder = root / "models" / RECIPE / "2"
    write_bank_generator(folder, known_pictures()[..., 0])
    register_folder(folder)
    try:
        result = _denoise(root, noisy)
    finally:
        folder.rename(folder.with_name("withdrawn"))
    assert result.exit_code == 2
    assert "no signature gives an answer to pictures, texts, rows or" in result.output
    assert "use `prodl sample`" in result.output


def test_option_of_another_use_is_refused(root: Path, noisy: Path) -> None:
    result = _denoise(root, noisy, "--words", "3", "--top-k", "2")
    assert result.exit_code == 2
    assert "--top-k, --words: not an option of this model" in result.output
    assert "used for image to image, with the options: --output" in result.output
