# SPDX-License-Identifier: Apache-2.0
"""Examples of rows as Ingest writes them, and exported models of them by a formula.

The rows are of plants: `height` decides most of their class and all of their weight,
`soil` a little, `seen` and `noise` nothing; every fifth height is missing.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.table_layout import TableLayout
from components.core.records import read_record

CLASSES = ("fern", "moss", "oak")
COLUMNS = {
    "height": {"kind": "number", "unit": "cm"},
    "noise": {"kind": "number"},
    "seen": {"kind": "date"},
    "soil": {"kind": "category"},
}
Row = Mapping[str, Any]


def table_facts(target_kind: str = "class", classes: Sequence[str] = CLASSES) -> str:
    """Facts about the data set as the graph passes them, as JSON.

    Args:
        target_kind: `class` or `number`. Defaults to `class`.
        classes: Names of the classes. Defaults to three.
    """
    is_class = target_kind == "class"
    facts = {
        "name": "plants",
        "classes": list(classes) if is_class else [],
        "image_shape": [],
        "modality": "table",
        "content_sha256": "c" * 64,
        "dvc_md5": "d" * 32 + ".dir",
        "variant": "own",
        "table": {
            "target": "kind" if is_class else "weight",
            "target_kind": target_kind,
            "columns": COLUMNS,
        },
    }
    return json.dumps(facts)


def layout(target_kind: str = "class") -> TableLayout:
    """Columns of the table."""
    found = read_record(DatasetFacts, json.loads(table_facts(target_kind)), "facts")
    assert found.table is not None
    return found.table


def draw_rows(count: int, seed: int, classes: Sequence[str] = CLASSES) -> list[Row]:
    """Draw rows with label and target.

    Args:
        count: Number of rows.
        seed: Seeds them.
        classes: Names of the classes. Defaults to three.
    """
    random = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        label = int(random.integers(len(classes)))
        height = 10.0 * label + float(random.normal(0, 2))
        rows.append(
            {
                "item_id": f"plants/{number:07d}",
                "height": None if number % 5 == 4 else height,
                "noise": float(random.normal()),
                "seen": 20_000.0 + float(random.integers(100)),
                "soil": None if number % 7 == 6 else ("clay", "sand")[label % 2],
                "label": classes[label],
                "target": 2 * height + 5 + float(random.normal(0, 0.5)),
            }
        )
    return rows


def write_rows(
    uri: Path, split: str, rows: Sequence[Row], answer: str = "label"
) -> Path:
    """Write a split of examples as Ingest does, over two files.

    Args:
        uri: Folder of the Examples artifact.
        split: Name of the split.
        rows: Feature -> value; None for a missing one.
        answer: `label` or `target`. Defaults to `label`.
    """
    folder = uri / f"Split-{split}"
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(2):
        name = f"data_tfrecord-{shard:05d}-of-00002"
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for row in rows[shard::2]:
                features = {k: v for k, v in row.items() if k in COLUMNS}
                kept = {**features, answer: row[answer], "item_id": row["item_id"]}
                writer.write(_serialize(kept))
    return uri


def _serialize(row: Row) -> bytes:
    example = tf.train.Example()
    for name, value in row.items():
        feature = example.features.feature[name]
        if isinstance(value, str):
            feature.bytes_list.value.append(value.encode())
        elif value is not None:
            feature.float_list.value.append(value)
    return bytes(example.SerializeToString(deterministic=True))


def write_class_model(folder: Path, output: str = "softmax") -> Path:
    """Export a model that knows how height decides the class, and return its folder.

    Args:
        folder: Where to write.
        output: `softmax`, or `nan` for a broken model. Defaults to `softmax`.
    """
    heights = tf.constant([10.0 * label for label in range(len(CLASSES))])

    def predict(height: Any) -> dict[str, Any]:
        # Without a height, any class.
        squares = tf.square(height[:, tf.newaxis] - heights)
        logits = tf.where(tf.math.is_nan(squares), 0.0, -squares / 8)
        scale = float("nan") if output == "nan" else 1.0
        return {"probabilities": tf.nn.softmax(logits) * scale}

    return _export(folder, predict)


def write_number_model(folder: Path) -> Path:
    """Export a model that knows how height decides the weight."""

    def predict(height: Any) -> dict[str, Any]:
        known = tf.where(tf.math.is_nan(height), 10.0, height)
        return {"value": 2 * known + 5}

    return _export(folder, predict)


def _export(folder: Path, predict: Any) -> Path:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> dict[str, Any]:
        spec = {"height": tf.io.VarLenFeature(tf.float32)}
        sparse = tf.io.parse_example(examples, spec)["height"]
        shaped = tf.sparse.reset_shape(sparse, [tf.size(examples, tf.int64), 1])
        return predict(tf.sparse.to_dense(shaped, float("nan"))[:, 0])

    @tf.function(
        input_signature=[
            tf.TensorSpec(
                [None],
                tf.float32 if column["kind"] == "number" else tf.string,
                name=name,
            )
            for name, column in COLUMNS.items()
        ]
    )
    def rows(height: Any, noise: Any, seen: Any, soil: Any) -> dict[str, Any]:
        return predict(height)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="csv")])
    def lines(csv: Any) -> dict[str, Any]:
        defaults = [[float("nan")], [float("nan")], [""], [""]]
        return predict(tf.io.decode_csv(csv, defaults)[0])

    module = keras.export.ExportArchive()
    module.add_endpoint("serving_default", serve)
    module.add_endpoint("predict_rows", rows)
    module.add_endpoint("predict_csv", lines)
    module.write_out(str(folder), verbose=False)
    (folder / "provenance.json").write_text(json.dumps({"seed": 7}))
    return folder
