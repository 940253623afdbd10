# SPDX-License-Identifier: Apache-2.0
"""Splits of a small drawn table as tf.Examples, and Transform run on them.

Birds of three species, which differ in bill and island. One bill in ten is missing, and
one island in ten.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.table_layout import Column, TableLayout
from components.transform.table import preprocessing_fn
from tests.support.datasets.examples import run_transform

CLASSES: Final = ("Adelie", "Chinstrap", "Gentoo")
COLUMNS: Final = {
    "bill": Column("number", header="bill length", unit="mm"),
    "mass": Column("number", unit="g"),
    "seen": Column("date"),
    "island": Column("category"),
}
SPECIES: Final = TableLayout(target="species", columns=COLUMNS)
# The mass as the target: 100 times the bill, and 300 more for a Gentoo's island.
MASS: Final = TableLayout(
    target="mass",
    columns={name: COLUMNS[name] for name in ("bill", "seen", "island")},
    target_kind="number",
)
# `mass` and `seen` are always there.
SCHEMA: Final = """
feature { name: "bill" type: FLOAT presence { min_fraction: 0.5 } }
feature { name: "island" type: BYTES presence { min_fraction: 0.5 } }
feature { name: "mass" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "seen" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "item_id" type: BYTES presence { min_fraction: 1 } shape { dim { size: 1 } } }
"""
_ANSWERS: Final = {
    "class": 'feature { name: "label" type: BYTES presence { min_fraction: 1 } '
    "shape { dim { size: 1 } } }",
    "number": 'feature { name: "target" type: FLOAT presence { min_fraction: 1 } '
    "shape { dim { size: 1 } } }",
}

Row = Mapping[str, float | str | None]


@dataclass(frozen=True)
class IngestedTable:
    """Splits of a table as examples, and their transform graph."""

    layout: TableLayout
    """Columns and target."""

    examples: Path
    """Folder of the examples."""

    graph: Path
    """Folder of the transform graph."""

    rows: Mapping[str, list[Row]]
    """Rows of each split, with `label` or `target`."""

    def files(self, split: str) -> list[str]:
        """The file patterns of a split, as TFX's Trainer receives them."""
        return [str(self.examples / f"Split-{split}" / "*")]

    @property
    def facts(self) -> DatasetFacts:
        """Facts about the data set."""
        return DatasetFacts(
            name="birds",
            classes=() if self.layout.is_regression else CLASSES,
            modality="table",
            image_shape=(),
            content_sha256="c" * 64,
            dvc_md5="d" * 32 + ".dir",
            variant="own",
            table=self.layout,
        )


def ingest_table(
    folder: Path,
    layout: TableLayout = SPECIES,
    function: Callable[..., Any] = preprocessing_fn,
) -> IngestedTable:
    """Write three splits as Ingest does, then run Transform over two of them.

    Args:
        folder: Folder of all outputs.
        layout: Columns and target. Defaults to those of a class.
        function: The function of Transform.
    """
    counts = {"train": 150, "validation": 60, "test": 60}
    rows = {
        split: [_answered(row, layout) for row in draw_birds(count, seed)]
        for seed, (split, count) in enumerate(counts.items())
    }
    for split, drawn in rows.items():
        path = folder / "examples" / f"Split-{split}"
        path.mkdir(parents=True)
        with tf.io.TFRecordWriter(str(path / "data_tfrecord-0-of-1")) as writer:
            for number, row in enumerate(drawn):
                item = {**row, "item_id": f"{split}/{number:07d}"}
                writer.write(serialize_row(item))
    schema = folder / "table.pbtxt"
    schema.write_text(SCHEMA + _ANSWERS[layout.target_kind])
    graph = run_transform(
        folder / "examples",
        folder / "graph",
        ["train", "validation"],
        function,
        config={
            "table": asdict(layout),
            "classes": [] if layout.is_regression else list(CLASSES),
        },
        schema=schema,
    )
    return IngestedTable(layout, folder / "examples", graph, rows)


def draw_birds(count: int, seed: int) -> list[dict[str, Any]]:
    """Draw birds: `species`, `bill`, `mass`, `seen` and `island`."""
    random = np.random.default_rng(seed)
    birds = []
    for number in range(count):
        kind = number % len(CLASSES)
        bill = random.normal((38.0, 49.0, 47.0)[kind], 1.0)
        island = "Biscoe" if kind == 2 else str(random.choice(["Dream", "Torgersen"]))
        birds.append(
            {
                "species": CLASSES[kind],
                "bill": None if number % 10 == 9 else float(np.float32(bill)),
                "mass": float(np.float32(100 * bill + 300 * (kind == 2))),
                "seen": float(13_000 + random.integers(1_000)),
                "island": None if number % 10 == 4 else island,
            }
        )
    return birds


def serialize_row(row: Row) -> bytes:
    """Serialize a row as Ingest does: a missing value is a feature without values."""
    example = tf.train.Example()
    for name, value in row.items():
        feature = example.features.feature[name]
        if isinstance(value, str):
            feature.bytes_list.value.append(value.encode())
        elif value is not None:
            feature.float_list.value.append(value)
    return bytes(example.SerializeToString())


def _answered(bird: dict[str, Any], layout: TableLayout) -> Row:
    values = {name: bird[name] for name in layout.columns}
    if layout.is_regression:
        return {**values, "target": bird[layout.target]}
    return {**values, "label": bird[layout.target]}
