# SPDX-License-Identifier: Apache-2.0
"""A classifier of photographs is judged for real, and asked for picture files."""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.contracts.evaluation_facts import (
    EvaluationFacts,
    read_evaluation_facts,
)
from components.contracts.modality import MODALITIES
from components.evaluator.classification.evaluate import evaluate_model
from components.evaluator.classification.metric_names import METRIC_NAMES
from components.evaluator.classification.metrics import wilson_interval
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Metrics, write_metrics
from components.pusher.serving_check import check_serving
from components.serving import image_classification
from components.serving.image_classification import (
    Prediction,
    Unreadable,
    classify_files,
)
from components.serving.pictures import encode_photograph
from components.serving.saved_model import SavedModel
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.photographs import (
    CLASSES,
    FACTS,
    draw_photograph,
    encode,
    write_photographs,
)
from tests.support.models.photo_classifiers import write_photo_model
from tests.support.pages import render_metrics

pytestmark = pytest.mark.slow

NUM_TEST = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photographs")


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return write_photo_model(folder / "model")


@pytest.fixture(scope="module")
def classifier(model: Path) -> SavedModel:
    return SavedModel(model)


@pytest.fixture(scope="module")
def split(folder: Path) -> ExampleSplit:
    """A test split whose book is that of cervix."""
    labels = [number % 3 for number in range(NUM_TEST)]
    write_photographs(folder / "examples", "test", labels)
    book = EvaluationFacts(**read_evaluation_facts(PROJECT_ROOT, "cervix"))
    facts = json.dumps(asdict(replace(FACTS, evaluation=book)))
    return read_examples(folder / "examples", "test", facts, batch_size=1000)


@pytest.fixture(scope="module")
def metrics(classifier: SavedModel, split: ExampleSplit) -> Metrics:
    return evaluate_model(classifier, split)


@pytest.fixture(scope="module")
def page(metrics: Metrics, folder: Path) -> str:
    return render_metrics(metrics, folder / "page")


def test_figures_stand_beside_what_guessing_gives(metrics: Metrics) -> None:
    values = metrics.values
    loss, guessing = values["test_log_loss"], values["baseline_log_loss_class_share"]
    assert guessing == pytest.approx(np.log(3))
    assert values["test_log_loss_over_class_share"] == pytest.approx(loss / guessing)
    assert values["test_log_loss_over_class_share"] < 1
    assert values["test_log_loss_low"] < loss < values["test_log_loss_high"]
    assert {"test_log_loss_over_class_share", "test_auc"} <= set(METRIC_NAMES)
    assert "test_auc" not in values


def test_recall_of_each_class_stands_with_its_interval(
    metrics: Metrics, page: str
) -> None:
    for name in CLASSES:
        low, high = wilson_interval(
            metrics.values[f"test_recall_{name}"], NUM_TEST // 3
        )
        assert f"{low:.3f} to {high:.3f}" in page


def test_page_shows_slices_right_answers_and_where_it_looks(page: str) -> None:
    for words in ("size: small", "brightness: dark", "Right answers", "Grad-CAM"):
        assert words in page
    assert page.count("data:image/jpeg") >= 12


def test_remark_on_the_book_s_figure_stands_beside_that_of_cervix(page: str) -> None:
    assert "1.0007" in page


def test_photographs_are_read_a_few_at_a_time(split: ExampleSplit) -> None:
    sizes = [len(batch.serialized) for batch in split.batches()]
    assert max(sizes) == MODALITIES["photograph"].examples_at_once
    assert sum(sizes) == NUM_TEST


@pytest.mark.usefixtures("preloaded_scripts")
def test_fresh_process_repeats_every_signature(
    metrics: Metrics, model: Path, tmp_path: Path
) -> None:
    write_metrics(metrics, tmp_path)
    recorded = json.loads((tmp_path / "signature_examples.json").read_text())
    assert {example["signature"] for example in recorded} == {
        *("serving_default", "predict_encoded", "predict_images", "explain")
    }
    check_serving(model, tmp_path / "signature_examples.json")


def test_two_classes_have_a_roc_curve(folder: Path) -> None:
    two = CLASSES[:2]
    model = write_photo_model(folder / "binary", two)
    write_photographs(folder / "two", "test", [i % 2 for i in range(40)])
    facts = replace(FACTS, classes=two)
    split = ExampleSplit(folder / "two", "test", facts)
    metrics = evaluate_model(SavedModel(model), split)
    low, high = metrics.values["test_auc_low"], metrics.values["test_auc_high"]
    assert low <= metrics.values["test_auc"] <= high
    assert metrics.values["test_auc"] > 0.5
    thresholds = metrics.arrays["roc_thresholds"]
    assert thresholds.shape == metrics.arrays["roc"].shape[1:]
    assert (np.diff(thresholds[1:]) < 0).all()
    assert "ROC of stripes" in render_metrics(metrics, folder / "two_page")


def test_files_and_folders_are_classified_and_bad_files_stop_nothing(
    classifier: SavedModel, tmp_path: Path
) -> None:
    for number in range(6):
        content = encode(draw_photograph(number % 3, 7000 + number))
        (tmp_path / f"{number}.jpg").write_bytes(content)
    (tmp_path / "6.jpg").write_bytes(content[: len(content) // 2])
    (tmp_path / "7.txt").write_text("no picture")
    (tmp_path / "8.jpg").write_bytes(_with_damaged_exif())
    found = list(classify_files(classifier, [tmp_path, tmp_path / "gone.jpg"]))
    right = [
        one.label == CLASSES[int(one.path.stem) % 3]
        for one in found
        if isinstance(one, Prediction)
    ]
    bad = [one.path.name for one in found if isinstance(one, Unreadable)]
    assert len(right) == 6
    assert sum(right) >= 4
    assert bad == ["6.jpg", "7.txt", "8.jpg", "gone.jpg"]


@pytest.mark.parametrize(
    "form", ["CMYK.jpg", "L.jpg", "I;16.png", "RGBA.png", "P.gif", "turned.jpg"]
)
def test_any_kind_of_file_gives_nearly_the_answer_of_the_plain_one(
    classifier: SavedModel, tmp_path: Path, form: str
) -> None:
    pixels = draw_photograph(0, 8001).mean(axis=2).astype(np.uint8)
    plain = tmp_path / "plain.png"
    Image.fromarray(pixels).save(plain)
    other = _save_as(form, pixels, tmp_path)
    expected, received = classify_files(classifier, [plain, other])
    assert isinstance(expected, Prediction)
    assert isinstance(received, Prediction)
    assert received.label == expected.label
    assert received.probability == pytest.approx(expected.probability, abs=0.05)


@pytest.mark.parametrize(("max_bytes", "sizes"), [(1, [1, 1, 2]), (10**9, [4])])
def test_large_photographs_go_a_few_at_a_time_in_their_order(
    classifier: SavedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    max_bytes: int,
    sizes: list[int],
) -> None:
    paths = [tmp_path / name for name in ("b.jpg", "a.jpg", "gone.jpg", "c.jpg")]
    for label, path in enumerate(paths):
        if path.stem != "gone":
            path.write_bytes(encode(draw_photograph(label % 3, 7100 + label)))
    expected = list(classify_files(classifier, paths))
    received: list[int] = []
    predict_batch = image_classification._classify_batch

    def count(*args: Any) -> Iterator[Prediction | Unreadable]:
        received.append(len(args[-1]))
        return predict_batch(*args)

    monkeypatch.setattr(image_classification, "MAX_BATCH_BYTES", max_bytes)
    monkeypatch.setattr(image_classification, "_classify_batch", count)
    found = list(classify_files(classifier, paths))
    assert received == sizes
    assert [one.path for one in found] == paths
    assert [_probabilities(one) for one in found] == [
        pytest.approx(_probabilities(one), abs=1e-5) for one in expected
    ]


def test_jpeg_with_more_pictures_behind_the_first_is_taken_as_it_is(
    classifier: SavedModel, tmp_path: Path
) -> None:
    first, second = (Image.fromarray(draw_photograph(n, 8100 + n)) for n in (0, 1))
    first.save(tmp_path / "one.jpg", "JPEG", quality=90)
    path = tmp_path / "more.jpg"
    first.save(path, "MPO", save_all=True, append_images=[second], quality=90)
    with Image.open(path) as image:
        assert image.format == "MPO"
        assert encode_photograph(image) == path.read_bytes()
    expected, received = classify_files(classifier, [tmp_path / "one.jpg", path])
    assert isinstance(received, Prediction)
    assert _probabilities(received) == pytest.approx(_probabilities(expected))


def _probabilities(one: Prediction | Unreadable) -> list[float]:
    return list(one.probabilities.values()) if isinstance(one, Prediction) else []


def test_transparent_places_are_white(classifier: SavedModel, tmp_path: Path) -> None:
    clear = np.zeros((40, 50, 4), np.uint8)
    Image.fromarray(clear).save(tmp_path / "clear.png")
    Image.new("RGB", (50, 40), "white").save(tmp_path / "white.png")
    left, right = classify_files(
        classifier, [tmp_path / "clear.png", tmp_path / "white.png"]
    )
    assert isinstance(left, Prediction)
    assert isinstance(right, Prediction)
    assert left.probabilities == right.probabilities


def _with_damaged_exif() -> bytes:
    """A turned JPEG that says its width in words."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "maker", 6
    buffer = io.BytesIO()
    Image.fromarray(draw_photograph(0, 1)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue().replace(b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02", 1)


def _save_as(form: str, grey: np.ndarray, folder: Path) -> Path:
    mode, _, suffix = form.partition(".")
    path = folder / f"other.{suffix}"
    image = Image.fromarray(grey)
    options: dict[str, Any] = {"quality": 97} if suffix == "jpg" else {}
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        image, options = image.rotate(90, expand=True), {**options, "exif": exif}
    elif mode == "CMYK":
        image = image.convert("RGB").convert("CMYK")
    else:
        image = image.convert(mode)
    image.save(path, **options)
    return path
