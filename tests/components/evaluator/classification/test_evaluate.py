# SPDX-License-Identifier: Apache-2.0
"""A classifier is measured once, for real, with TFMA; its figures are checked here."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import ProdlError
from components.evaluator.classification.evaluate import evaluate_model
from components.evaluator.classification.metric_names import (
    METRIC_NAMES,
    class_parts,
    snake_case,
)
from components.evaluator.classification.predictions import (
    Predictions,
    collect_predictions,
)
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import UNIT, Metrics, write_metrics
from components.serving.saved_model import SavedModel
from tests.support.models.classifiers import DATASET, write_examples, write_model
from tests.support.models.evaluated_classifiers import (
    NUM_TEST,
    EvaluatedClassifiers,
)
from tests.support.pages import render_metrics


@pytest.fixture(scope="module")
def page(metrics: Metrics, tmp_path_factory: pytest.TempPathFactory) -> str:
    return render_metrics(metrics, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def predictions(classifiers: EvaluatedClassifiers, split: ExampleSplit) -> Predictions:
    return collect_predictions(SavedModel(classifiers.good), split)


@pytest.mark.slow
def test_tfma_agrees_with_the_predictions(
    metrics: Metrics, predictions: Predictions
) -> None:
    right = predictions.predicted == predictions.labels
    of_truth = predictions.probabilities[np.arange(NUM_TEST), predictions.labels]
    assert metrics.values["test_accuracy"] == right.mean()
    assert metrics.values["test_log_loss"] == pytest.approx(
        -np.log(of_truth).mean(), rel=1e-5
    )


def test_classifier_that_knows_digits_beats_guessing(metrics: Metrics) -> None:
    values = metrics.values
    assert values["test_accuracy_low"] > values["baseline_accuracy_majority"] + 0.5
    assert values["test_log_loss"] < values["baseline_log_loss_class_share"] / 2


def test_files_are_those_that_tfma_reads_back(metrics: Metrics, tmp_path: Path) -> None:
    import tensorflow_model_analysis as tfma

    write_metrics(metrics, tmp_path)
    result = tfma.load_eval_result(str(tmp_path))
    slices = {key[0][1] if key else "" for key, _ in result.slicing_metrics}
    assert slices == {"", *DATASET["classes"]}


def test_every_metric_has_a_unit_and_a_name_that_a_gate_may_use(
    metrics: Metrics,
) -> None:
    for name in metrics.values:
        general = re.sub(r"(recall|precision)_\w+", r"\1_<class>", name)
        assert general in METRIC_NAMES
        assert metrics.protocol[UNIT + name]


def test_protocol_says_what_the_figures_stand_on(
    metrics: Metrics, classifiers: EvaluatedClassifiers
) -> None:
    wanted = {
        "split": "test",
        "examples": str(NUM_TEST),
        "data_sha256": DATASET["content_sha256"],
        "seed": "7",
        "model_sha256": SavedModel(classifiers.good).sha256,
    }
    assert wanted.items() <= metrics.protocol.items()


def test_confusion_file_has_a_row_for_each_example(metrics: Metrics) -> None:
    text = metrics.files["confusion.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    right = sum(row["actual"] == row["predicted"] for row in rows)
    assert len(rows) == NUM_TEST
    assert right / NUM_TEST == metrics.values["test_accuracy"]


def test_worst_mistakes_are_shown_as_pictures(metrics: Metrics, page: str) -> None:
    wrong = round((1 - metrics.values["test_accuracy"]) * NUM_TEST)
    assert page.count("data:image/png") == wrong
    caption = r"\d taken for \d, \d+\.\d%\n<code>test/\d{5}</code>"
    assert len(re.findall(caption, page)) == wrong


def test_outputs_that_are_no_probabilities_leave_nothing_to_pass_a_gate_with(
    classifiers: EvaluatedClassifiers, split: ExampleSplit, tmp_path: Path
) -> None:
    known = np.arange(10)
    broken = write_model(tmp_path, classifiers.images[:10], known, output="nan")
    metrics = evaluate_model(SavedModel(broken), split)
    assert metrics.values == {"test_invalid_predictions": NUM_TEST}
    assert "not probabilities" in render_metrics(metrics, tmp_path / "page")


def test_label_outside_the_classes_is_named(
    classifiers: EvaluatedClassifiers, split: ExampleSplit, tmp_path: Path
) -> None:
    write_examples(tmp_path, classifiers.images[:3], ["1", "x", "2"], shards=1)
    strange = ExampleSplit(tmp_path, "test", split.dataset)
    with pytest.raises(ProdlError, match="Received 'x'"):
        collect_predictions(SavedModel(classifiers.good), strange)


def test_pictures_come_by_item(
    split: ExampleSplit, classifiers: EvaluatedClassifiers
) -> None:
    from PIL import Image

    (png,) = split.pictures(["test/00007"]).values()
    picture = np.asarray(Image.open(io.BytesIO(png)))
    assert np.array_equal(picture, classifiers.images[7])
    assert split.pictures([]) == {}


def test_split_counts_its_examples(split: ExampleSplit) -> None:
    assert split.count() == NUM_TEST
    assert [len(b.labels) for b in split.batches()] == [25, 25, 10]


def test_missing_split_is_named(
    split: ExampleSplit, classifiers: EvaluatedClassifiers
) -> None:
    missing = ExampleSplit(classifiers.examples, "holdout", split.dataset)
    with pytest.raises(ProdlError, match="'holdout'.*Split-holdout"):
        missing.count()


def test_model_tells_which_signatures_it_has(classifiers: EvaluatedClassifiers) -> None:
    with pytest.raises(ProdlError, match="predict_images, serving_default"):
        SavedModel(classifiers.good).signature("serve")


def test_folder_without_a_model_is_named(tmp_path: Path) -> None:
    model = SavedModel(tmp_path)
    assert model.provenance == {}
    with pytest.raises(ProdlError, match=r"without saved_model\.pb"):
        model.predict([b""])


@pytest.mark.parametrize(
    ("name", "metric"), [("7", "7"), ("Type 1", "type_1"), ("Cat/Dog", "cat_dog")]
)
def test_class_name_becomes_part_of_a_metric(name: str, metric: str) -> None:
    assert snake_case(name) == metric


def test_signature_examples_of_both_signatures_are_equal(metrics: Metrics) -> None:
    recorded = json.loads(metrics.files["signature_examples.json"])
    assert [p["signature"] for p in recorded] == ["serving_default", "predict_images"]
    assert recorded[0]["outputs"] == recorded[1]["outputs"]
    assert recorded[0]["outputs"]["probabilities"]["shape"] == [8, 10]
    assert recorded[1]["inputs"]["images"]["shape"] == [8, 28, 28, 1]


def test_no_class_hides_another_of_a_similar_name() -> None:
    """A gate on the recall of one must not pass by that of the other."""
    names = ["A+", "A-", "\u516b", "a 2", "\u4e5d"]
    assert class_parts(names) == ["a", "a_2", "class_3", "a_2_2", "class_5"]
    assert class_parts(["auk", "herring gull"]) == ["auk", "herring_gull"]
