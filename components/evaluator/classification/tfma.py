# SPDX-License-Identifier: Apache-2.0
"""TensorFlow Model Analysis (TFMA) of predictions: accuracy and log-loss by slice.

TFMA runs model-agnostic here: it gets labels and probabilities and loads no model, so
inference happens once. The files of its EvalResult go into the ModelEvaluation
artifact, for `tfma.load_eval_result`.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow_model_analysis as tfma
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import text_format

# tfma.EvalConfig, which its documentation names, does not exist in tfma 0.52.
from tensorflow_model_analysis.proto.config_pb2 import EvalConfig

from components.contracts.features import LABEL
from components.contracts.signatures import PROBABILITIES
from components.evaluator.classification.predictions import Predictions

# The cheapest runner for one process; Beam's default runner tries to download.
BEAM_ARGS = (
    "--runner=FnApiRunner",
    "--direct_running_mode=in_memory",
    "--direct_num_workers=1",
    # The types here never vary, and the check costs time.
    "--no_pipeline_type_check",
)
LABEL_INDEX = "label_index"
ACCURACY = "sparse_categorical_accuracy"
LOG_LOSS = "sparse_categorical_crossentropy"

_BATCH = 2000
# Without example count and confusion plot: both follow from the predictions, and each
# costs TFMA another pass in Python over every example of every slice.
_EVAL_CONFIG = f"""
    model_specs {{ label_key: "{LABEL_INDEX}" prediction_key: "{PROBABILITIES}" }}
    slicing_specs {{ }}
    slicing_specs {{ feature_keys: "{LABEL}" }}
    metrics_specs {{
      metrics {{ class_name: "SparseCategoricalAccuracy" }}
      metrics {{ class_name: "SparseCategoricalCrossentropy" }}
    }}
    options {{ include_default_metrics {{ value: false }} }}
"""


@dataclass(frozen=True)
class TfmaResult:
    """Metrics computed by TFMA."""

    accuracy: float
    """Share of examples whose most probable class is the true one."""

    log_loss: float
    """Mean cross-entropy in nats; Keras clips probabilities at 1e-7."""

    log_loss_of: dict[str, float]
    """Log-loss of the examples of each class, by class name."""

    files: dict[str, bytes]
    """File name -> content of the EvalResult."""


def run_tfma(predictions: Predictions) -> TfmaResult:
    """Compute accuracy and log-loss with TFMA, over all examples and per class.

    Args:
        predictions: Predictions of a classifier, all of them valid probabilities.
    """
    with tempfile.TemporaryDirectory(prefix="prodl-tfma-") as folder:
        slices = _metrics_by_slice(predictions, folder)
        files = {
            path.name: path.read_bytes()
            for path in sorted(Path(folder).iterdir())
            if path.is_file()
        }
    overall = slices.pop("")
    # TFMA sums in float32: 0.9963 comes back as 0.99629998. The number of correct
    # predictions is whole, which restores the exact share.
    num_right = round(overall[ACCURACY] * len(predictions))
    return TfmaResult(
        accuracy=num_right / len(predictions),
        log_loss=overall[LOG_LOSS],
        log_loss_of={name: values[LOG_LOSS] for name, values in slices.items()},
        files=files,
    )


def _metrics_by_slice(
    predictions: Predictions, folder: str
) -> dict[str, dict[str, float]]:
    """Metrics by slice: a class name, or `""` for all examples."""
    config = tfma.utils.update_eval_config_with_defaults(
        text_format.Parse(_EVAL_CONFIG, EvalConfig())
    )
    with beam.Pipeline(options=PipelineOptions(list(BEAM_ARGS))) as pipeline:
        _ = (
            pipeline
            | "Predictions" >> beam.Create(list(_record_batches(predictions)))
            | "TFMA"
            >> tfma.ExtractEvaluateAndWriteResults(
                eval_config=config,
                extractors=tfma.default_extractors(eval_config=config),
                evaluators=tfma.default_evaluators(eval_config=config),
                writers=_writers(tfma.writers, config, folder),
            )
        )
    result = tfma.load_eval_result(folder)
    return {
        key[0][1] if key else "": _numbers(metrics[""][""])
        for key, metrics in result.slicing_metrics
    }


def _writers(writers: Any, config: Any, folder: str) -> list[Any]:
    """Writers of config and metrics: by default TFMA writes three empty files more."""
    metrics = {"metrics": f"{folder}/metrics"}
    return [
        writers.EvalConfigWriter(folder, eval_config=config),
        writers.MetricsPlotsAndValidationsWriter(
            metrics, eval_config=config, output_file_format="tfrecord"
        ),
    ]


def _numbers(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: float(value["doubleValue"]) for name, value in metrics.items()}


def _record_batches(predictions: Predictions) -> Iterator[Any]:
    """Predictions in the form of TFMA: a list of values by feature and example."""
    names = [name.encode() for name in predictions.classes]
    for start in range(0, len(predictions), _BATCH):
        labels = predictions.labels[start : start + _BATCH]
        rows = predictions.probabilities[start : start + _BATCH]
        offsets = range(0, rows.size + 1, rows.shape[1])
        yield pa.RecordBatch.from_pydict(
            {
                LABEL: pa.array([[names[label]] for label in labels]),
                LABEL_INDEX: pa.array([[int(label)] for label in labels]),
                PROBABILITIES: pa.ListArray.from_arrays(
                    pa.array(offsets, pa.int32()), pa.array(rows.ravel(), pa.float32())
                ),
            }
        )
