# SPDX-License-Identifier: Apache-2.0
"""`prodl predict --table` writes the probabilities of a classifier, all or none."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from components.serving.image_classification import Prediction, classify_files
from components.serving.saved_model import SavedModel
from pipelines.__main__ import main
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import CLASSES, write_model
from tests.support.project import RECIPE, make_project
from tests.support.published import register_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a published classifier."""
    root = make_project(tmp_path_factory.mktemp("classify") / "project").root
    known = np.arange(40) % 10
    write_model(root / "models" / RECIPE / "1", draw_digits(known, seed=2), known)
    register_folder(root / "models" / RECIPE / "1")
    return root


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of three digits; one name has what CSV separates by."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    names = ("0.png", "1.png", "last, not least.png")
    for name, digit in zip(names, draw_digits([7, 1, 4], seed=3), strict=True):
        Image.fromarray(digit).save(folder / name)
    return folder


def _predict(root: Path, *arguments: object) -> Result:
    return CliRunner(env={"PRODL_ROOT": str(root)}).invoke(
        main, ["predict", RECIPE, *map(str, arguments)]
    )


def test_row_of_a_picture_has_all_that_the_model_says(
    root: Path, pictures: Path, tmp_path: Path
) -> None:
    table = tmp_path / "new" / "submission.csv"
    result = _predict(root, pictures, "--table", table)
    assert result.exit_code == 0, result.output
    assert result.output.endswith(f"{table}: 3 rows\n")
    with table.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["image_name", *CLASSES]
    assert [row[0] for row in rows] == ["0.png", "1.png", "last, not least.png"]
    shares = np.array([row[1:] for row in rows], np.float64)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    said = classify_files(SavedModel(root / "models" / RECIPE / "1"), [pictures])
    for row, one in zip(shares, said, strict=True):
        assert isinstance(one, Prediction)
        known = list(one.probabilities.values())
        np.testing.assert_array_equal(row.astype(np.float32), np.float32(known))


def test_picture_that_cannot_be_read_leaves_no_table(
    root: Path, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "2.png").write_text("no picture")
    table = tmp_path / "submission.csv"
    result = _predict(root, pictures, "--table", table)
    assert result.exit_code == 1
    assert "2.png: not readable: it is not a picture" in result.output
    assert f"1 of 4 inputs could not be read.\n{table} is not written" in result.output
    assert sorted(tmp_path.iterdir()) == [pictures]


def test_file_that_is_there_is_kept(root: Path, pictures: Path, tmp_path: Path) -> None:
    table = tmp_path / "solution.csv"
    table.write_text("image_name,answer\n")
    result = _predict(root, pictures, "--table", table)
    assert result.exit_code == 2
    assert f"{table} exists already.\nName another file" in result.output
    assert table.read_text() == "image_name,answer\n"


@pytest.mark.parametrize(
    ("twice", "name", "message"),
    [
        (True, "a.csv", "2 pictures are called 0.png"),
        (False, "a.xlsx", "expected a file that ends in .csv"),
    ],
)
def test_table_that_could_not_be_used_is_refused(
    root: Path, pictures: Path, tmp_path: Path, twice: bool, name: str, message: str
) -> None:
    inputs = (pictures, pictures / "0.png") if twice else (pictures,)
    result = _predict(root, *inputs, "--table", tmp_path / name)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / name).exists()
