# SPDX-License-Identifier: Apache-2.0
"""Examples of drawn digits, validated by the real TFX executors without MLMD."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.components.distribution_validator.executor import Executor as Distances
from tfx.components.example_validator.executor import Executor as SchemaCheck
from tfx.components.statistics_gen.executor import Executor as Statistics
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.types import standard_artifacts

from components.contracts.features import IMAGE, ITEM_ID, LABEL
from components.contracts.modality import MODALITIES, Modality
from components.contracts.splits import SPLITS
from components.validation.distributions.schema import write_schema
from components.validation.distributions.settings import DistributionSettings
from components.validation.distributions.tfdv_config import (
    split_pairs,
    statistics_options,
    validator_config,
)
from tests.support.beam import BEAM_ARGS
from tests.support.datasets.mnist import SIDE, draw_digits

SIZES = {"train": 300, "validation": 150, "test": 150}

Digits = dict[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Judged:
    """Folders of the artifacts that TFX's components wrote."""

    statistics: str
    """Statistics of each split."""

    schema: str
    """The schema."""

    example_anomalies: str
    """Anomalies of each split, compared with the schema."""

    distribution_anomalies: str
    """Anomalies of each pair of splits."""


def draw_splits() -> Digits:
    """Pixels and labels of three splits with equal distributions."""
    labels = {split: np.arange(size) % 10 for split, size in SIZES.items()}
    return {
        split: (draw_digits(labels[split], seed), labels[split])
        for seed, split in enumerate(SPLITS)
    }


def write_examples(folder: Path, digits: Digits) -> None:
    """Write splits as Ingest does."""
    for split, (images, labels) in digits.items():
        target = folder / f"Split-{split}"
        target.mkdir(parents=True)
        with tf.io.TFRecordWriter(str(target / "data-00000-of-00001")) as writer:
            for number, (image, label) in enumerate(zip(images, labels, strict=True)):
                writer.write(_example(f"{split}/{number:05d}", image, str(label)))


def judge(
    folder: Path, digits: Digits, schema: str, settings: DistributionSettings
) -> Judged:
    """Run StatisticsGen, ExampleValidator and DistributionValidator.

    Args:
        folder: Where everything is written.
        digits: The splits.
        schema: Text of the schema.
        settings: What is compared.
    """
    write_examples(folder / "examples", digits)
    return judge_examples(folder, schema, settings, MODALITIES["image"])


def judge_examples(
    folder: Path, schema: str, settings: DistributionSettings, modality: Modality
) -> Judged:
    """Do the same with the examples of every split in `examples` of the folder.

    Args:
        folder: Where everything is written.
        schema: Text of the schema.
        settings: What is compared.
        modality: What an item is.
    """
    write_schema(schema, folder / "schema")
    examples = _artifact(standard_artifacts.Examples, folder / "examples")
    examples.split_names = json.dumps(list(SPLITS))
    examples.set_string_custom_property("payload_format", "FORMAT_TF_EXAMPLE")
    schema_artifact = _artifact(standard_artifacts.Schema, folder / "schema")
    found = _artifact(standard_artifacts.ExampleStatistics, folder / "statistics")
    by_schema = _artifact(standard_artifacts.ExampleAnomalies, folder / "by_schema")
    by_pair = _artifact(standard_artifacts.ExampleAnomalies, folder / "by_pair")

    options = statistics_options(settings, modality)
    context = BaseBeamExecutor.Context(
        beam_pipeline_args=list(BEAM_ARGS),
        tmp_dir=str(folder / "tmp"),
        unique_id="test",
    )
    Statistics(context).Do(
        {"examples": [examples]},
        {"statistics": [found]},
        {
            "stats_options_json": options.to_json(),
            "exclude_splits": "[]",
        },
    )
    SchemaCheck().Do(
        {"statistics": [found], "schema": [schema_artifact]},
        {"anomalies": [by_schema]},
        {"exclude_splits": "[]"},
    )
    Distances().Do(
        {"statistics": [found], "baseline_statistics": [found]},
        {"anomalies": [by_pair]},
        {
            "distribution_validator_config": validator_config(settings),
            "include_split_pairs": json.dumps(split_pairs(settings)),
        },
    )
    return Judged(found.uri, schema_artifact.uri, by_schema.uri, by_pair.uri)


def _artifact(kind: Any, folder: Path) -> Any:
    artifact = kind()
    artifact.uri = str(folder)
    folder.mkdir(exist_ok=True)
    return artifact


def _example(item_id: str, image: np.ndarray, label: str) -> bytes:
    def texts(value: bytes) -> Any:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    def number(value: float) -> Any:
        return tf.train.Feature(float_list=tf.train.FloatList(value=[value]))

    def whole(value: int) -> Any:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    features = {
        IMAGE: texts(image.tobytes()),
        LABEL: texts(label.encode()),
        ITEM_ID: texts(item_id.encode()),
        "mean": number(image.mean()),
        "std": number(image.std()),
        "width": whole(SIDE),
        "height": whole(SIDE),
    }
    message = tf.train.Example(features=tf.train.Features(feature=features))
    return bytes(message.SerializeToString())
