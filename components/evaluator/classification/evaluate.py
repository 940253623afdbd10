# SPDX-License-Identifier: Apache-2.0
"""Evaluation of classifiers on one split: metrics, page data, signature examples.

The model runs over the split once. Accuracy and log-loss, over all examples and per
class, come from TensorFlow Model Analysis; calibration, intervals, the confusion matrix
and what follows from it are computed in `metrics.py`.
"""

import re
from typing import Final

import numpy as np

from components.evaluator.classification.control import measure_control
from components.evaluator.classification.log_loss import class_share_log_loss
from components.evaluator.classification.metric_names import (
    BASELINE_UNITS,
    CLASS_MARK,
    TEST_UNITS,
    class_parts,
)
from components.evaluator.classification.metrics import (
    CONFUSION_FILE,
    bootstrap_interval,
    brier_score,
    confusion_counts,
    confusion_csv,
    losses_of,
    majority_accuracy,
    measure_reliability,
    precision_of,
    recall_of,
    roc_auc,
    wilson_interval,
)
from components.evaluator.classification.page_data import page_data
from components.evaluator.classification.photo_page_data import photo_page_data
from components.evaluator.classification.predictions import (
    Predictions,
    collect_predictions,
)
from components.evaluator.classification.signature_examples import record_calls
from components.evaluator.classification.tfma import TfmaResult, run_tfma
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import (
    SIGNATURE_EXAMPLES_FILE,
    UNIT,
    Answers,
    Metrics,
)
from components.evaluator.signature_examples import signature_examples_json
from components.serving.saved_model import SavedModel

# Not imported: a reworded page must not evaluate again.
RENDERER: Final = "components.evaluator.classification.page"


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate a classifier on a split.

    Args:
        model: The exported model.
        examples: The split.

    Returns:
        Metrics with TFMA's files, confusion.csv (one row per example) and
        signature_examples.json. If any output is not a probability, the only metric is
        their number, so that no gate passes.
    """
    predictions = collect_predictions(model, examples)
    protocol = _protocol(model, examples, predictions)
    prefix = f"{examples.split}_"
    invalid = {f"{prefix}invalid_predictions": float(predictions.num_invalid)}
    if predictions.num_invalid:
        protocol |= _units(invalid, prefix)
        counts = {"num_invalid": predictions.num_invalid, "examples": len(predictions)}
        return Metrics(invalid, protocol, renderer=RENDERER, facts=counts)

    tfma_result = run_tfma(predictions)
    values = {
        **_values(predictions, tfma_result, prefix),
        **measure_control(model, predictions, examples, prefix),
        **invalid,
    }
    data = page_data(predictions, tfma_result, examples, values)
    if examples.dataset.item_kind.has_encoded_pictures:
        data |= photo_page_data(model, predictions, examples)
    return Metrics(
        values=values,
        protocol={**protocol, **_units(values, prefix)},
        renderer=RENDERER,
        answers=Answers(predictions.labels, predictions.probabilities),
        facts=data.facts,
        arrays=data.arrays,
        pictures=data.pictures,
        files={
            **tfma_result.files,
            CONFUSION_FILE: confusion_csv(predictions),
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                record_calls(model, predictions, examples)
            ),
        },
    )


def _values(
    predictions: Predictions, tfma_result: TfmaResult, prefix: str
) -> dict[str, float]:
    counts = confusion_counts(predictions)
    low, high = wilson_interval(tfma_result.accuracy, len(predictions))
    values: dict[str, float | None] = {
        "accuracy": tfma_result.accuracy,
        "accuracy_low": low,
        "accuracy_high": high,
        "log_loss": tfma_result.log_loss,
        **_log_loss_metrics(predictions, tfma_result),
        **_auc_metrics(predictions),
        "brier_score": brier_score(predictions),
        "calibration_error": measure_reliability(predictions).error,
    }
    of_class = {"recall": recall_of(counts), "precision": precision_of(counts)}
    parts = class_parts(predictions.classes)
    for kind, shares in of_class.items():
        for part, share in zip(parts, shares, strict=True):
            values[f"{kind}_{part}"] = share
    measured = {prefix + k: float(v) for k, v in values.items() if v is not None}
    return {
        **measured,
        "baseline_accuracy_majority": majority_accuracy(counts),
        "baseline_log_loss_class_share": class_share_log_loss(predictions.labels),
    }


def _log_loss_metrics(
    predictions: Predictions, tfma_result: TfmaResult
) -> dict[str, float]:
    values: dict[str, float] = {}
    if ends := bootstrap_interval(np.mean, losses_of(predictions)):
        # TFMA sums in float32: of a loss near zero its rounding is all there is.
        values["log_loss_low"] = min(ends[0], tfma_result.log_loss)
        values["log_loss_high"] = max(ends[1], tfma_result.log_loss)
    # Undefined for a split of a single class, whose class shares have no loss.
    if (baseline := class_share_log_loss(predictions.labels)) > 0:
        values["log_loss_over_class_share"] = tfma_result.log_loss / baseline
    return values


def _auc_metrics(predictions: Predictions) -> dict[str, float]:
    """Area under the ROC curve with its interval, where there are two classes."""
    if len(predictions.classes) != 2:
        return {}
    is_positive, scores = predictions.labels == 1, predictions.probabilities[:, 1]
    area = float(roc_auc(is_positive, scores))
    if np.isnan(area):
        return {}
    ends = bootstrap_interval(roc_auc, is_positive, scores)
    low, high = ends or (area, area)
    return {"auc": area, "auc_low": low, "auc_high": high}


def _protocol(
    model: SavedModel, examples: ExampleSplit, predictions: Predictions
) -> dict[str, str]:
    data = examples.dataset
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(len(predictions)),
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "signature": "serving_default, float32",
        "log_loss": "TFMA; probabilities clipped at 1e-7",
        "interval": "95 %: Wilson for shares, bootstrap of 1,000 draws for the others",
        "baselines": f"class shares of the {examples.split} split itself",
    }


def _units(values: dict[str, float], prefix: str) -> dict[str, str]:
    units: dict[str, str] = {}
    for metric in values:
        name = metric.removeprefix(prefix)
        general = re.sub(r"^(recall|precision)_.*", rf"\1_{CLASS_MARK}", name)
        units[UNIT + metric] = BASELINE_UNITS.get(metric) or TEST_UNITS[general]
    return units
