# SPDX-License-Identifier: Apache-2.0
"""Models of tables by a formula are measured for real, beside real rivals."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import ProdlError
from components.evaluator.classification.metrics import wilson_interval
from components.evaluator.evaluation import evaluate, read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import UNIT, Metrics
from components.evaluator.table.evaluate import evaluate_model
from components.evaluator.table.metric_names import METRIC_NAMES, general_name
from components.evaluator.table.read_rows import read_rows
from components.evaluator.table.references import load_references
from components.serving.saved_model import SavedModel
from tests.support.models.tables import (
    COLUMNS,
    draw_rows,
    table_facts,
    write_class_model,
    write_number_model,
    write_rows,
)
from tests.support.pages import render_metrics

NUM_TEST = 120


def _examples(folder: Path, kind: str) -> ExampleSplit:
    answer = "label" if kind == "class" else "target"
    sizes = {"train": 200, "validation": 40, "test": NUM_TEST}
    for seed, (split, size) in enumerate(sizes.items()):
        write_rows(folder, split, draw_rows(size, seed), answer)
    # Batches are smaller than the split.
    return read_examples(folder, "test", table_facts(kind), batch_size=50)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def class_split(folder: Path) -> ExampleSplit:
    return _examples(folder / "classes", "class")


@pytest.fixture(scope="module")
def class_model(folder: Path) -> SavedModel:
    return SavedModel(write_class_model(folder / "class-model"))


@pytest.fixture(scope="module")
def number_model(folder: Path) -> SavedModel:
    return SavedModel(write_number_model(folder / "number-model"))


@pytest.fixture(scope="module")
def of_classes(class_model: SavedModel, class_split: ExampleSplit) -> Metrics:
    return evaluate_model(class_model, class_split)


@pytest.fixture(scope="module")
def of_numbers(number_model: SavedModel, folder: Path) -> Metrics:
    return evaluate_model(number_model, _examples(folder / "numbers", "number"))


@pytest.fixture(scope="module")
def class_page(of_classes: Metrics, folder: Path) -> str:
    return render_metrics(of_classes, folder / "class-page")


@pytest.fixture(scope="module")
def number_page(of_numbers: Metrics, folder: Path) -> str:
    return render_metrics(of_numbers, folder / "number-page")


def test_missing_values_are_read_as_missing(class_split: ExampleSplit) -> None:
    rows, drawn = read_rows(class_split), draw_rows(NUM_TEST, 2)
    # Two files, one row after the other.
    drawn = drawn[::2] + drawn[1::2]
    heights = [np.nan if row["height"] is None else row["height"] for row in drawn]
    assert rows.columns["height"] == pytest.approx(heights, nan_ok=True, rel=1e-6)
    assert rows.columns["soil"].tolist() == [row["soil"] or "" for row in drawn]


def test_every_metric_has_a_unit_and_a_name_that_a_gate_may_use(
    of_classes: Metrics, of_numbers: Metrics
) -> None:
    for metrics in (of_classes, of_numbers):
        for name in metrics.values:
            known = name.removeprefix("test_")
            assert {name, f"test_{general_name(known)}"} & set(METRIC_NAMES)
            assert metrics.protocol[UNIT + name]


def test_rivals_learn_more_than_the_constant(
    of_classes: Metrics, of_numbers: Metrics
) -> None:
    values = of_classes.values
    for rival in ("linear", "boosting"):
        loss = values[f"baseline_log_loss_{rival}"]
        assert loss < values["baseline_log_loss_majority"] / 2
    values = of_numbers.values
    for rival in ("linear", "boosting"):
        assert values[f"baseline_rmse_{rival}"] < values["baseline_rmse_mean"] / 1.5
    assert values["baseline_r2_mean"] == pytest.approx(0, abs=0.05)


def test_accuracy_of_every_model_has_the_interval_of_a_share(
    of_classes: Metrics,
) -> None:
    for row in of_classes.facts["comparison"]["rows"]:
        figure = row["accuracy"]
        ends = wilson_interval(figure["value"], NUM_TEST)
        assert (figure["low"], figure["high"]) == ends


def test_share_of_a_rival_is_the_ratio_of_their_losses(of_numbers: Metrics) -> None:
    values = of_numbers.values
    best = min(values["baseline_rmse_linear"], values["baseline_rmse_boosting"])
    share = values["test_rmse_share_of_best_rival"]
    assert share == pytest.approx(values["test_rmse"] / best)
    low, high = (values[f"test_rmse_share_of_mean_{end}"] for end in ("low", "high"))
    assert low < values["test_rmse"] / values["baseline_rmse_mean"] < high


def test_column_that_decides_has_all_the_importance(
    of_classes: Metrics, of_numbers: Metrics
) -> None:
    for metrics in (of_classes, of_numbers):
        first, *others = metrics.facts["importance"]
        assert first["column"] == "height"
        assert first["increase"] > 1
        assert first["spread"] > 0
        assert [one["increase"] for one in others] == [0, 0, 0]


def test_slices_are_values_of_categories_and_quarters_of_numbers(
    of_classes: Metrics,
) -> None:
    slices = of_classes.facts["slices"]
    names = [one["name"] for one in slices if one["column"] == "soil"]
    assert names == ["clay", "sand", "missing"]
    for column in ("height", "soil"):
        counts = [one["count"] for one in slices if one["column"] == column]
        assert sum(counts) == NUM_TEST
    missing = [one for one in slices if one["name"] == "missing"]
    assert [one["is_small"] for one in missing] == [False, True]
    dates = [one["name"] for one in slices if one["column"] == "seen"]
    assert dates[0].startswith("2024-10-0")
    assert all(len(name) == len("2024-10-04 to 2024-10-31") for name in dates)


def test_rows_without_the_deciding_column_are_a_worse_slice(
    of_classes: Metrics,
) -> None:
    heights = [s for s in of_classes.facts["slices"] if s["column"] == "height"]
    *known, missing = heights
    assert missing["high"] < min(one["figure"] for one in known)


def test_gate_that_names_a_metric_of_the_other_kind_fails(
    class_model: SavedModel, class_split: ExampleSplit
) -> None:
    gate = json.dumps({"test_rmse": {"max": 1000}, "test_accuracy": {"min": 0.5}})
    outcome = evaluate(class_model, class_model, class_split, evaluate_model, gate)
    assert [check.received for check in outcome.failed] == ["not measured"]


def test_rivals_are_fitted_once_for_candidate_and_baseline(
    class_split: ExampleSplit,
) -> None:
    same = read_examples(class_split.uri, "test", table_facts(), batch_size=50)
    assert load_references(same) is load_references(class_split)


def test_training_rows_of_one_class_leave_no_best_rival(
    class_model: SavedModel, tmp_path: Path
) -> None:
    ferns = [row for row in draw_rows(60, 0) if row["label"] == "fern"]
    write_rows(tmp_path, "train", ferns)
    write_rows(tmp_path, "test", draw_rows(30, 1))
    metrics = evaluate_model(
        class_model, read_examples(tmp_path, "test", table_facts(), 50)
    )
    assert "test_log_loss_share_of_majority" in metrics.values
    assert "test_log_loss_share_of_best_rival" not in metrics.values
    assert metrics.protocol["rival_left_out_linear"]
    assert "No linear rival" in render_metrics(metrics, tmp_path / "page")


def test_outputs_that_are_no_probabilities_leave_nothing_to_pass_a_gate_with(
    class_split: ExampleSplit, tmp_path: Path
) -> None:
    broken = SavedModel(write_class_model(tmp_path, output="nan"))
    metrics = evaluate_model(broken, class_split)
    assert metrics.values == {"test_invalid_predictions": NUM_TEST}
    assert "no probabilities" in render_metrics(metrics, tmp_path / "page")


def test_data_that_are_no_table_are_refused(class_split: ExampleSplit) -> None:
    facts = {**json.loads(table_facts()), "table": None, "modality": "text"}
    split = read_examples(class_split.uri, "test", json.dumps(facts), 50)
    with pytest.raises(ProdlError, match="evaluation is for tables"):
        read_rows(split)


def test_every_signature_is_recorded_and_answers_alike(
    of_classes: Metrics, class_model: SavedModel
) -> None:
    recorded = json.loads(of_classes.files["signature_examples.json"])
    assert {one["signature"] for one in recorded} == set(class_model.signatures)
    assert recorded[0]["outputs"] == recorded[1]["outputs"] == recorded[2]["outputs"]


def test_predictions_are_a_file_for_other_programs(of_numbers: Metrics) -> None:
    text = of_numbers.files["predictions.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    errors = [float(row["predicted"]) - float(row["actual"]) for row in rows]
    rmse = np.sqrt(np.mean(np.square(errors)))
    assert rmse == pytest.approx(of_numbers.values["test_rmse"])


def test_page_shows_model_and_rivals_in_one_table(
    class_page: str, number_page: str
) -> None:
    for page, names in (
        (class_page, ("majority", "linear", "boosting")),
        (number_page, ("mean", "linear", "boosting")),
    ):
        table = page.partition("<tbody>")[2].partition("</tbody>")[0]
        rows = table.split("<tr>")[1:]
        assert "this model" in rows[0]
        assert all(
            f"<td>{n}</td>" in row for n, row in zip(names, rows[1:], strict=True)
        )


def test_page_shows_where_the_model_errs(class_page: str, number_page: str) -> None:
    assert "Confusion on test" in class_page
    assert "Calibration" in class_page
    assert "Predictions of weight" in number_page
    for page in (class_page, number_page):
        assert "Importance of each column" in page
        assert "few rows" in page
        assert all(column in page for column in COLUMNS)
