# SPDX-License-Identifier: Apache-2.0
"""From Ingest's examples of a table to answers of the exported model."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import UsageError
from components.serving.predict import predict
from components.serving.saved_model import SavedModel
from components.serving.table_prediction import predict_rows
from components.trainer.table.export import export_table_model
from components.trainer.table.rows import Rows, TableData
from components.trainer.table.train import Trained, train
from tests.support.datasets.tables import CLASSES, LAYOUT, draw_birds, write_csv
from tests.support.training.interruptions import interrupt
from tests.support.training.runs import Run
from tests.support.training.table_runs import (
    PARAMS,
    IngestedTable,
    ingest_table,
    run_table,
)

pytestmark = pytest.mark.slow

# The day as one of four quarters.
BIRDS = replace(
    LAYOUT,
    columns={**LAYOUT.columns, "seen": replace(LAYOUT.columns["seen"], buckets=4)},
)
# Twice the body mass, whose column stays a feature.
WEIGHT = replace(LAYOUT, target="weight", target_kind="number")
BIRD = {
    "island": "Dream",
    "bill_length": 39.1,
    "bill_depth": 18.7,
    "body_mass": 3750,
    "sex": "male",
    "seen": "2007-11-11",
}


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> IngestedTable:
    return ingest_table(tmp_path_factory.mktemp("birds"), BIRDS)


@pytest.fixture(scope="module")
def run(
    birds: IngestedTable, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        params = replace(PARAMS, temperature="fit", dropout=0.1)
        yield run_table(folder, birds, params)


def test_numbers_are_scaled_and_categories_are_ids(birds: IngestedTable) -> None:
    rows = birds.data.train

    depth = rows.inputs["bill_depth"][rows.inputs["bill_depth_is_missing"] == 0]
    assert depth.mean() == pytest.approx(0.0, abs=1e-5)
    assert depth.std() == pytest.approx(1.0, rel=1e-4)
    missing = rows.inputs["bill_depth"][rows.inputs["bill_depth_is_missing"] == 1]
    assert len(missing)
    assert not missing.any()
    # Biscoe, Dream, Torgersen by frequency; the sex is missing now and then.
    assert sorted(np.unique(rows.inputs["island"])) == [2, 3, 4]
    assert sorted(np.unique(rows.inputs["sex"])) == [0, 2, 3]
    assert sorted(np.unique(rows.inputs["seen"])) == [2, 3, 4, 5]
    sizes = {name: spec.vocabulary_size for name, spec in birds.data.specs.items()}
    assert (sizes["island"], sizes["sex"], sizes["bill_depth"]) == (5, 4, 0)
    assert sum(name.endswith("_is_missing") for name in sizes) == 2


def test_model_learns_species_and_its_signatures_agree(
    run: Run, birds: IngestedTable, tmp_path: Path
) -> None:
    served = run.model.signatures
    examples = birds.serialized("test")
    found = served["serving_default"](examples=tf.constant(examples))["probabilities"]

    rows = [_columns(example) for example in examples]
    by_rows = served["predict_rows"](**_tensors(rows))["probabilities"]
    lines = [_csv_line([row[name] for name in LAYOUT.columns]) for row in rows]
    by_csv = served["predict_csv"](csv=tf.constant(lines))["probabilities"]
    labels = [CLASSES.index(row["label"]) for row in rows]

    assert np.mean(found.numpy().argmax(axis=1) == labels) > 0.9
    np.testing.assert_allclose(by_rows, found, atol=1e-6)
    np.testing.assert_allclose(by_csv, found, atol=1e-6)
    assert run.provenance["validation"]["accuracy"] > 0.9
    assert "validation items, fewer than 200" in run.section


def test_missing_values_and_unknown_categories_are_served(run: Run) -> None:
    nothing = {name: tf.constant([""]) for name in ("island", "sex", "seen")}
    numbers = ("bill_length", "bill_depth", "body_mass")
    nothing |= {name: tf.constant([float("nan")]) for name in numbers}
    unknown = {**nothing, "island": tf.constant(["Atlantis"])}

    for request in (nothing, unknown):
        answer = run.model.signatures["predict_rows"](**request)
        assert answer["probabilities"].numpy().sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Dream,tall,18,3700,male,2007-11-11", "bill_length: expected a number.*tall"),
        ("Dream,39,18,3700,male,2007-13-11", "seen: expected a date.*2007-13-11"),
        ("Dream,39", "Expect 6 fields but have 2"),
    ],
)
def test_malformed_line_is_named(run: Run, line: str, reason: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=reason):
        run.model.signatures["predict_csv"](csv=tf.constant([line]))


def test_rows_of_a_user_are_answered_and_faulty_ones_named(
    run: Run, tmp_path: Path
) -> None:
    model = SavedModel(run.model_folder)
    wrong = {**BIRD, "bill_length": "tall"}
    file = write_csv(tmp_path / "birds.csv", draw_birds(30, seed=9))

    inputs = [json.dumps([BIRD, wrong]), str(file)]
    strange = json.dumps({**BIRD, "island": "Atlantis"})
    (remark,) = predict(model, [strange], {})
    answers = list(predict(model, inputs, {}))
    of_file = list(predict_rows(model, [str(file)]))

    assert answers[0].text.startswith("row 1: Adelie (")
    assert remark.text.endswith(" (island 'Atlantis' is unknown to the model)")
    assert "unknown" not in answers[0].text
    assert answers[1].text == "row 2: not readable: bill_length is no number: 'tall'"
    assert [answer.is_error for answer in answers] == [False, True] + [False] * 30
    species = [row["species"] for row in csv.DictReader(file.open())]
    assert np.mean([row.label for row in of_file] == np.array(species)) > 0.9


def test_model_for_keras_gives_the_same_probabilities(
    run: Run, birds: IngestedTable
) -> None:
    rows = birds.data.validation
    files = birds.serialized("validation")
    served = run.model.signatures["serving_default"](examples=tf.constant(files))

    loaded = keras.models.load_model(run.model_folder / "model.keras")

    found = loaded.predict(dict(rows.inputs), verbose=0)
    # The rows are sorted by their ids, the examples in the order of the file.
    np.testing.assert_allclose(
        np.sort(found, axis=0), np.sort(served["probabilities"], axis=0), atol=1e-5
    )


def test_same_seed_gives_the_same_weights_also_after_an_interruption(
    birds: IngestedTable, tmp_path: Path
) -> None:
    short = replace(PARAMS, epochs=3, dropout=0.2, batch_normalization=True)
    data = birds.data

    def train_in(name: str) -> Trained:
        return train(short, data, tmp_path / name, seed=3)

    whole = train_in("whole")
    # In the third epoch of eight steps.
    interrupt(lambda: train_in("resumed"), steps=20)
    resumed = train_in("resumed")

    for one, other in zip(
        whole.model.get_weights(), resumed.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_number_is_served_on_its_own_scale(
    birds: IngestedTable, tmp_path: Path
) -> None:
    data = _with_weight(birds.data, birds)

    trained = train(replace(PARAMS, epochs=15), data, tmp_path / "work", seed=3)
    export_table_model(trained, str(birds.graph), WEIGHT, tmp_path / "model")

    model = tf.saved_model.load(str(tmp_path / "model"))
    serve = model.signatures["serving_default"]
    examples = birds.serialized("validation")
    values = serve(examples=tf.constant(examples))["value"].numpy()
    weights = np.array([2 * _columns(example)["body_mass"] for example in examples])
    rmse = float(np.sqrt(np.mean((values - weights) ** 2)))
    assert rmse == pytest.approx(trained.outcome.validation["rmse"], rel=1e-4)
    assert rmse < 0.5 * weights.std()
    line = tf.constant(["Dream,39.1,18.7,3750,male,2007-11-11"])
    value = model.signatures["predict_csv"](csv=line)["value"].numpy()[0]
    assert value == pytest.approx(7500, rel=0.2)


def test_feature_that_no_network_takes_is_refused(birds: IngestedTable) -> None:
    from components.trainer.table import rows

    class Sparse:
        def transformed_feature_spec(self) -> dict[str, Any]:
            return {"words": tf.io.VarLenFeature(tf.int64)}

    with pytest.raises(UsageError, match="'words', which is no input of a network"):
        rows._input_names(Sparse())


def _columns(example: bytes) -> dict[str, Any]:
    """Values of a tf.Example as a caller has them; None for a missing one."""
    features = tf.train.Example.FromString(example).features.feature
    row: dict[str, Any] = {}
    for name, feature in features.items():
        values = [*feature.float_list.value, *feature.bytes_list.value]
        value = values[0] if values else None
        row[name] = value.decode() if isinstance(value, bytes) else value
    day = np.datetime64("1970-01-01") + np.timedelta64(int(row["seen"]), "D")
    return {**row, "seen": str(day)}


def _tensors(rows: list[dict[str, Any]]) -> dict[str, tf.Tensor]:
    missing = {"number": float("nan"), "category": "", "date": ""}
    return {
        name: tf.constant(
            [missing[c.kind] if row[name] is None else row[name] for row in rows]
        )
        for name, c in LAYOUT.columns.items()
    }


def _csv_line(values: list[Any]) -> str:
    return ",".join("NA" if value is None else f'"{value}"' for value in values)


def _with_weight(data: TableData, birds: IngestedTable) -> TableData:
    """The same rows, with a weight in place of the class."""
    splits = []
    for split, rows in (("train", data.train), ("validation", data.validation)):
        by_id = {
            row["item_id"]: 2 * row["body_mass"]
            for row in map(_columns, birds.serialized(split))
        }
        weights = np.array([by_id[item_id] for item_id in sorted(by_id)], np.float32)
        splits.append(Rows(rows.inputs, weights, np.ones(len(weights), np.float32)))
    return TableData(*splits, data.specs, ())
