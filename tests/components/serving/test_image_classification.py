# SPDX-License-Identifier: Apache-2.0
"""Picture files are classified whatever they look like; bad files stop nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.contracts.dataset_facts import DatasetFacts
from components.core.errors import UsageError
from components.core.records import read_record
from components.serving.drawings import fit_drawing
from components.serving.image_classification import (
    Prediction,
    Unreadable,
    classify_files,
)
from components.serving.picture_files import converter
from components.serving.saved_model import SavedModel
from tests.support.datasets.mnist import draw_digits
from tests.support.models.classifiers import DATASET, write_model

pytestmark = pytest.mark.slow

LABELS = np.random.default_rng(0).permutation(np.arange(60) % 10)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Pictures in the format of MNIST."""
    return draw_digits(LABELS, seed=1)


@pytest.fixture(scope="module")
def unfitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier that knows digits as they were drawn."""
    known = np.arange(800) % 10
    folder = tmp_path_factory.mktemp("unfitted")
    return write_model(folder / "1", draw_digits(known, seed=2), known)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier that knows digits as `fit_drawing` leaves them."""
    labels = np.arange(800) % 10
    drawn = draw_digits(labels, seed=2)
    # Scaled up first, so that they are cut, scaled and centred like a large picture.
    known = [_fit(Image.fromarray(d).resize((56, 56))) for d in drawn]
    folder = tmp_path_factory.mktemp("model")
    return write_model(folder / "1", np.stack(known), labels)


def _fit(image: Image.Image) -> np.ndarray:
    """Convert a picture as for a model of MNIST."""
    return fit_drawing(image, (28, 28, 1), ink_box=20)[..., 0]


def _write(path: Path, pixels: Any, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def test_picture_in_the_format_of_mnist_is_taken_as_it_is(
    unfitted: Path, images: np.ndarray, tmp_path: Path
) -> None:
    paths = [
        _write(tmp_path / f"{number}.png", image)
        for number, image in enumerate(images[:20])
    ]
    found = list(classify_files(SavedModel(unfitted), paths))
    labels = [f.label for f in found if isinstance(f, Prediction)]
    right = np.mean(np.array(labels) == LABELS[:20].astype(str))
    assert [f.path for f in found] == paths
    assert right >= 0.8


def test_dark_ink_on_bright_paper_is_read_at_any_size(
    model: Path, tmp_path: Path
) -> None:
    drawn = draw_digits([3, 4, 7], seed=9)
    paths = []
    for number, image in enumerate(drawn):
        large = Image.fromarray(255 - image).resize((150, 150))
        sheet = Image.new("RGB", (400, 300), "white")
        sheet.paste(large, (200, 40))
        path = tmp_path / f"{number}.jpg"
        sheet.save(path, quality=90)
        paths.append(path)
    found = list(classify_files(SavedModel(model), paths))
    assert [getattr(f, "label", f) for f in found] == ["3", "4", "7"]


def test_bad_files_are_reported_and_the_rest_is_classified(
    unfitted: Path, images: np.ndarray, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    _write(folder / "a.png", images[0])
    (folder / "b.txt").write_text("no picture")
    whole = (folder / "a.png").read_bytes()
    (folder / "c.png").write_bytes(whole[: len(whole) // 2])
    _write(folder / "d.png", np.zeros((28, 28), np.uint8))
    _write(folder / "e" / "f.png", images[1])
    (folder / ".hidden").touch()
    (tmp_path / "empty").mkdir()
    gone = tmp_path / "gone.png"

    found = list(
        classify_files(SavedModel(unfitted), [folder, gone, tmp_path / "empty"])
    )
    reasons = {f.path.name: f.reason for f in found if isinstance(f, Unreadable)}
    read = [f.path.name for f in found if isinstance(f, Prediction)]
    assert read == ["a.png", "f.png"]
    assert list(reasons) == ["b.txt", "c.png", "d.png", "gone.png", "empty"]
    assert "not a picture" in reasons["b.txt"]
    assert "truncated" in reasons["c.png"]
    assert "blank" in reasons["d.png"]
    assert "no such file" in reasons["gone.png"]
    assert "no files" in reasons["empty"]


def test_prediction_gives_all_probabilities(
    unfitted: Path, images: np.ndarray, tmp_path: Path
) -> None:
    path = _write(tmp_path / "a.png", images[0])
    (found,) = classify_files(SavedModel(unfitted), [path])
    assert isinstance(found, Prediction)
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert found.probability == found.probabilities[found.label]


def test_picture_takes_the_size_and_channels_of_other_images() -> None:
    facts = replace(read_record(DatasetFacts, DATASET, ""), image_shape=(64, 48, 3))
    convert = converter(replace(facts, ink_box=0))
    picture = Image.new("RGBA", (100, 100), (255, 0, 0, 128))
    received = np.asarray(convert(picture))
    assert received.shape == (64, 48, 3)
    assert received[0, 0].tolist() == [255, 127, 127]


def test_model_of_texts_takes_no_picture() -> None:
    facts = replace(read_record(DatasetFacts, DATASET, ""), modality="text")
    with pytest.raises(UsageError, match="takes the beginning of a text, no pictures"):
        converter(facts)


@pytest.mark.parametrize(
    ("provenance", "message"),
    [
        ('{"recipe": "r", "dataset": {"encoding": "raw"}}', "called 'modality' now"),
        ('{"recipe": "r"}', "missing 'name', "),
    ],
)
def test_model_of_another_version_is_refused_with_the_remedy(
    tmp_path: Path, provenance: str, message: str
) -> None:
    (tmp_path / "provenance.json").write_text(provenance)
    with pytest.raises(UsageError, match=f"(?s){message}.*prodl run r, then"):
        list(classify_files(SavedModel(tmp_path), []))


def test_empty_path_is_not_the_working_folder(unfitted: Path) -> None:
    with pytest.raises(UsageError, match="an input is empty"):
        list(classify_files(SavedModel(unfitted), [""]))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_picture_is_read(mode: str) -> None:
    pixels = np.full((60, 40), 255, np.uint8)
    pixels[10:50, 15:25] = 0
    image = Image.fromarray(pixels)
    if mode == "I;16":
        image = Image.fromarray(pixels.astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    fitted = _fit(image)
    rows, columns = np.nonzero(fitted > 127)
    assert (rows.min(), rows.max()) == (4, 23)
    assert (columns.min(), columns.max()) in [(11, 15), (12, 16)]


def test_transparent_paper_counts_as_white() -> None:
    pixels = np.zeros((60, 40, 4), np.uint8)
    pixels[10:50, 15:25] = (0, 0, 0, 255)
    assert _fit(Image.fromarray(pixels))[14, 14] == 255


def test_off_centre_mass_stays_inside_the_picture() -> None:
    pixels = np.zeros((100, 100), np.uint8)
    pixels[0:90, 5:10] = 255
    pixels[85:90, 5:60] = 255
    fitted = _fit(Image.fromarray(pixels))
    assert fitted.shape == (28, 28)
    rows = np.flatnonzero(fitted.max(axis=1) > 50)
    assert len(rows) == 20


def test_inverted_original_is_the_original(images: np.ndarray) -> None:
    image = images[0]
    assert np.array_equal(_fit(Image.fromarray(image)), image)
    assert np.array_equal(_fit(Image.fromarray(255 - image)), image)
