# SPDX-License-Identifier: Apache-2.0
"""`prodl sample`: a sheet of pictures from a published generator."""

import io
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pipelines.__main__ import main
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import write_model
from tests.support.models.generators import write_bank_generator
from tests.support.project import make_project
from tests.support.published import register_folder

LABELS = np.arange(20) % 10


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a published generator and a published classifier."""
    root = make_project(tmp_path_factory.mktemp("sample") / "project").root
    pictures = draw_digits(LABELS, seed=1)
    write_model(root / "models" / "mnist-cnn" / "1", pictures, LABELS)
    # Any recipe's model may be a generator: the signature decides.
    write_bank_generator(root / "models" / "mnist-cnn" / "2", pictures)
    register_folder(root / "models" / "mnist-cnn" / "2")
    return root


def _sample(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["sample", "mnist-cnn", *arguments], env={"PRODL_ROOT": str(root)}
    )


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())))


def test_same_seed_gives_the_same_sheet(root: Path, tmp_path: Path) -> None:
    # In a folder that is not there yet.
    first, second, other = (tmp_path / "out" / f"{name}.png" for name in "abc")
    assert _sample(root, "-n", "6", "--seed", "7", "-o", str(first)).exit_code == 0
    _sample(root, "-n", "6", "--seed", "7", "-o", str(second))
    _sample(root, "-n", "6", "--seed", "8", "-o", str(other))
    # Three in a row, two rows.
    assert _pixels(first).shape == (2 * 30 - 2, 3 * 30 - 2)
    np.testing.assert_array_equal(_pixels(first), _pixels(second))
    assert not np.array_equal(_pixels(first), _pixels(other))


def test_class_of_a_model_without_classes_is_refused(
    root: Path, tmp_path: Path
) -> None:
    result = _sample(root, "--class", "3", "-o", str(tmp_path / "none.png"))
    assert result.exit_code == 2
    assert "trained without classes" in result.output
    assert not (tmp_path / "none.png").exists()


def test_steps_of_a_model_without_a_chain_are_refused(
    root: Path, tmp_path: Path
) -> None:
    result = _sample(root, "--steps", "3", "-o", str(tmp_path / "none.png"))
    assert result.exit_code == 2
    assert "draws its pictures without a chain" in result.output


def test_model_that_makes_no_pictures_is_named(root: Path, tmp_path: Path) -> None:
    write_model(root / "models" / "mnist-cnn" / "3", draw_digits(LABELS), LABELS)
    register_folder(root / "models" / "mnist-cnn" / "3")
    result = _sample(root, "-o", str(tmp_path / "none.png"))
    assert result.exit_code == 2
    assert "has no signature 'sample'" in result.output
    assert not (tmp_path / "none.png").exists()
