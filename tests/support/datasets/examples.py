# SPDX-License-Identifier: Apache-2.0
"""Small splits of examples, and TFX's Transform run on them without MLMD."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import tensorflow as tf

from components.transform.images import preprocessing_fn
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.beam import BEAM_ARGS
from tests.support.datasets.mnist import draw_digits

CLASSES = [str(digit) for digit in range(10)]
# In the train split class 0 is twice as frequent as the others, and class 9 is missing.
TRAIN_LABELS = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7, 8] * 20)
VALIDATION_LABELS = np.arange(60) % 10


@dataclass(frozen=True)
class Ingested:
    """Two splits of examples, and their transform graph."""

    examples: Path
    """Folder of the examples."""

    graph: Path
    """Folder of the transform graph."""

    train_images: np.ndarray
    """Pixels of the train split, (n, 28, 28)."""

    validation_images: np.ndarray
    """Pixels of the validation split, (n, 28, 28)."""

    def files(self, split: str) -> list[str]:
        """The file patterns of a split, as TFX's Trainer receives them."""
        return [str(self.examples / f"Split-{split}" / "*")]


def ingest_and_transform(folder: Path) -> Ingested:
    """Write both splits as Ingest does, then run Transform over them."""
    examples = folder / "examples"
    train_images = write_split(examples, "train", TRAIN_LABELS, num_files=3)
    validation_images = write_split(examples, "validation", VALIDATION_LABELS)
    graph = run_transform(examples, folder / "graph", ["train", "validation"])
    return Ingested(examples, graph, train_images, validation_images)


def write_split(
    examples: Path, split: str, labels: Sequence[int] | np.ndarray, num_files: int = 1
) -> np.ndarray:
    """Write drawn digits as TFRecords, distributed over files; return their pixels."""
    images = draw_digits(labels, seed=len(labels))
    folder = examples / f"Split-{split}"
    folder.mkdir(parents=True)
    for part in range(num_files):
        name = f"data_tfrecord-{part:05d}-of-{num_files:05d}"
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for index in range(part, len(labels), num_files):
                item_id = f"{split}/{index:05d}"
                writer.write(serialize(images[index], str(labels[index]), item_id))
    return images


def serialize(image: np.ndarray, label: str, item_id: str) -> bytes:
    """Serialize an image as Ingest does: one value per feature."""
    texts = {
        "image": image.tobytes(),
        "label": label.encode(),
        "item_id": item_id.encode(),
    }
    numbers = {"mean": image.mean(), "std": image.std()}
    sizes = {"width": 28, "height": 28}
    example = tf.train.Example()
    for name, text in texts.items():
        example.features.feature[name].bytes_list.value.append(text)
    for name, number in numbers.items():
        example.features.feature[name].float_list.value.append(number)
    for name, size in sizes.items():
        example.features.feature[name].int64_list.value.append(size)
    return bytes(example.SerializeToString())


def run_transform(
    examples: Path,
    folder: Path,
    splits: Sequence[str],
    function: Callable[..., Any] = preprocessing_fn,
    dataset: str = "mnist",
    config: Mapping[str, Any] = MappingProxyType({"classes": CLASSES}),
    schema: Path | None = None,
) -> Path:
    """Run TFX's Transform as the graph does, not materialized; return its graph.

    The schema is that of a data set of the project, or a file.
    """
    # Here: TFX takes seconds to import, and most users of this module need none of it.
    from tfx.components.transform.executor import Executor
    from tfx.types import standard_artifacts

    inputs = {
        "examples": standard_artifacts.Examples(),
        "schema": standard_artifacts.Schema(),
    }
    inputs["examples"].uri = str(examples)
    inputs["examples"].split_names = json.dumps(list(splits))
    # TFX wants the schema to be alone in its folder.
    schemas = folder.with_name("schema")
    schemas.mkdir()
    curated = PROJECT_ROOT / "data" / dataset / "schema.pbtxt"
    shutil.copy(schema or curated, schemas / "schema.pbtxt")
    inputs["schema"].uri = str(schemas)
    graph = standard_artifacts.TransformGraph()
    graph.uri = str(folder)
    context = Executor.Context(
        beam_pipeline_args=list(BEAM_ARGS),
        tmp_dir=str(folder / "tmp"),
        unique_id="test",
    )
    Executor(context).Do(
        {name: [artifact] for name, artifact in inputs.items()},
        {"transform_graph": [graph]},
        {
            "preprocessing_fn": f"{function.__module__}.{function.__name__}",
            "custom_config": json.dumps(dict(config)),
            "disable_statistics": 1,
        },
    )
    return folder
