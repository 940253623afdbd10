# SPDX-License-Identifier: Apache-2.0
"""A drawn table through Ingest and Transform, and trainings of it without TFX."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import tensorflow as tf

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.table_layout import TableLayout
from components.trainer.loop.params import Optimizer
from components.trainer.table.params import Params
from components.trainer.table.rows import TableData, read_table
from components.trainer.table.run import run_fn
from components.transform.table import preprocessing_fn
from tests.support.datasets.examples import run_transform
from tests.support.datasets.tables import (
    CLASSES,
    LAYOUT,
    NAME,
    draw_birds,
    ingest,
    write_raw,
    write_schema,
)
from tests.support.training.runs import Run

PARAMS: Final = Params(
    optimizer=Optimizer(learning_rate=0.02, weight_decay=0.01),
    epochs=30,
    batch_size=32,
    units=(16,),
)


@dataclass(frozen=True)
class IngestedTable:
    """Splits of a table as examples, and their transform graph."""

    layout: TableLayout
    """Columns and target."""

    examples: Path
    """Folder of the examples."""

    graph: Path
    """Folder of the transform graph."""

    @property
    def facts(self) -> DatasetFacts:
        """Facts about the data set."""
        return DatasetFacts(
            name=NAME,
            classes=() if self.layout.is_regression else CLASSES,
            modality="table",
            image_shape=(),
            content_sha256="c" * 64,
            dvc_md5="d" * 32 + ".dir",
            variant="own",
            table=self.layout,
        )

    @cached_property
    def data(self) -> TableData:
        """Training and validation split, as a trainer reads them."""
        files = [self.files("train"), self.files("validation")]
        return read_table(*files, str(self.graph), self.facts)

    def files(self, split: str) -> list[str]:
        """The file patterns of a split, as TFX's Trainer receives them."""
        return [str(self.examples / f"Split-{split}" / "*")]

    def serialized(self, split: str) -> list[bytes]:
        """The tf.Examples of a split."""
        files = tf.data.Dataset.list_files(self.files(split), shuffle=False)
        return list(tf.data.TFRecordDataset(files).as_numpy_iterator())


def ingest_table(folder: Path, layout: TableLayout = LAYOUT) -> IngestedTable:
    """Ingest drawn birds, then run Transform over two splits.

    Args:
        folder: Folder of all outputs.
        layout: Columns and target. Defaults to the species as the target.
    """
    raw = write_raw(folder / "raw", layout, birds=draw_birds(400))
    examples, _ = ingest(raw, folder / "ingested", layout)
    graph = run_transform(
        examples,
        folder / "graph",
        ["train", "validation"],
        preprocessing_fn,
        config={
            "table": asdict(layout),
            "classes": [] if layout.is_regression else list(CLASSES),
        },
        schema=write_schema(folder / "birds.pbtxt", layout),
    )
    return IngestedTable(layout, examples, graph)


def run_table(folder: Path, ingested: IngestedTable, params: Params = PARAMS) -> Run:
    """Train and export with the arguments of TFX's Trainer.

    Args:
        folder: Folder of all outputs.
        ingested: The splits.
        params: Parameters. Defaults to those of a short training.
    """
    config: dict[str, Any] = {
        "recipe": "birds-table",
        "seed": 5,
        "params": asdict(params),
        "dataset": ingested.facts.record(),
        "model_key": f"{folder.name}-key",
        "code_fingerprint": "5" * 64,
    }
    fn_args = SimpleNamespace(
        train_files=ingested.files("train"),
        eval_files=ingested.files("validation"),
        transform_output=str(ingested.graph),
        serving_model_dir=str(folder / "model" / "Format-Serving"),
        model_run_dir=str(folder / "model_run"),
        # Through JSON, as TFX passes it.
        custom_config=json.loads(json.dumps(config)),
    )
    run_fn(fn_args)
    return Run(folder, fn_args)
