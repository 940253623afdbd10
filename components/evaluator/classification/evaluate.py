# SPDX-License-Identifier: Apache-2.0
"""Evaluation of classifiers: one pass over the split, judged by TFMA and by NumPy.

Accuracy and log-loss, over all examples and by class, come from TFMA; calibration,
intervals, the confusion matrix and what follows from it are computed here.
"""

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import (
    FEATURES,
    IMAGES,
    PREDICT_ENCODED,
    PREDICT_IMAGES,
    PROBABILITIES,
    SERVING_DEFAULT,
)
from components.evaluator.classification.metric_names import (
    BASELINE_UNITS,
    CLASS_MARK,
    TEST_UNITS,
)
from components.evaluator.metrics import PROBES_FILE, UNIT, Metrics
from components.evaluator.probes import Probe, ask, probes_json

if TYPE_CHECKING:
    from components.evaluator.classification.predictions import Predictions
    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

CONFUSION_FILE: Final = "confusion.csv"
# Each may have megabytes, and stands in probes.json more than once.
PHOTOGRAPHS_ASKED: Final = 2


def evaluate_model(model: "ServedModel", examples: "ExampleSplit") -> Metrics:
    """Judge a classifier on a split.

    Args:
        model: The exported model.
        examples: The split.

    Returns:
        Metrics with TFMA's files, confusion.csv (one row per example) and probes.json
        (a few examples with the model's answers). If any output is not a probability
        the only figure is how many, so that no gate passes.
    """
    from components.evaluator.classification.predictions import collect_predictions

    predictions = collect_predictions(model, examples)
    protocol = _protocol(model, examples, predictions)
    prefix = f"{examples.split}_"
    invalid = {f"{prefix}invalid_predictions": float(predictions.num_invalid)}
    if predictions.num_invalid:
        return _no_probabilities(invalid, {**protocol, **_units(invalid, prefix)})

    from components.evaluator.classification.page import page_html
    from components.evaluator.classification.photo_page import photo_page
    from components.evaluator.classification.tfma import analyse

    analysis = analyse(predictions)
    values = {**_values(predictions, analysis, prefix), **invalid}
    page = page_html(predictions, analysis, examples, values)
    if examples.dataset.has_photographs:
        page += photo_page(model, predictions, examples)
    return Metrics(
        values=values,
        protocol={**protocol, **_units(values, prefix)},
        html=page,
        files={
            **analysis.files,
            CONFUSION_FILE: _confusion_csv(predictions),
            PROBES_FILE: probes_json(_probes(model, predictions, examples)),
        },
    )


def _no_probabilities(values: dict[str, float], protocol: dict[str, str]) -> Metrics:
    from components.report import html

    (count,) = values.values()
    text = (
        f"The model's outputs for {count:,.0f} of {protocol['examples']} examples are "
        "not probabilities (not finite, negative, or with another sum than one), so "
        "nothing else was measured."
    )
    return Metrics(values, protocol, html=str(html.paragraph(text)))


def snake_case(name: str) -> str:
    """A class name as part of a metric's name: `Type 1` becomes `type_1`."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _values(predictions: "Predictions", analysis: Any, prefix: str) -> dict[str, float]:
    from components.evaluator.classification import metrics as figures

    counts = figures.confusion_counts(predictions)
    low, high = figures.wilson_interval(analysis.accuracy, len(predictions))
    values: dict[str, float | None] = {
        "accuracy": analysis.accuracy,
        "accuracy_low": low,
        "accuracy_high": high,
        "log_loss": analysis.log_loss,
        **_log_loss_intervals(predictions, analysis),
        **_ranking(predictions),
        "brier_score": figures.brier_score(predictions),
        "calibration_error": figures.measure_reliability(predictions).error,
    }
    of_class = {
        "recall": figures.recall_of(counts),
        "precision": figures.precision_of(counts),
    }
    for kind, shares in of_class.items():
        for name, share in zip(predictions.classes, shares, strict=True):
            values[f"{kind}_{snake_case(name)}"] = share
    measured = {prefix + k: float(v) for k, v in values.items() if v is not None}
    return {
        **measured,
        "baseline_accuracy_majority": figures.majority_accuracy(counts),
        "baseline_log_loss_class_share": figures.class_share_log_loss(
            predictions.labels
        ),
    }


def _log_loss_intervals(predictions: "Predictions", analysis: Any) -> dict[str, float]:
    from components.evaluator.classification import metrics as figures
    from components.evaluator.classification.bootstrap import interval

    losses = figures.losses_of(predictions)
    ends = interval(lambda drawn: float(losses[drawn].mean()), len(losses))
    values = dict(zip(("log_loss_low", "log_loss_high"), ends or (), strict=False))
    # Without two classes there is nothing to guess and nothing to beat.
    if (guessing := figures.class_share_log_loss(predictions.labels)) > 0:
        values["log_loss_over_class_share"] = analysis.log_loss / guessing
    return values


def _ranking(predictions: "Predictions") -> dict[str, float]:
    """Area under the ROC curve, where there are two classes."""
    from components.evaluator.classification.bootstrap import interval
    from components.evaluator.classification.roc import area_under_roc

    if len(predictions.classes) != 2:
        return {}
    positive, scores = predictions.labels == 1, predictions.probabilities[:, 1]
    area = area_under_roc(positive, scores)
    ends = interval(lambda i: area_under_roc(positive[i], scores[i]), len(positive))
    if area is None or ends is None:
        return {}
    return {"auc": area, "auc_low": ends[0], "auc_high": ends[1]}


def _protocol(
    model: "ServedModel", examples: "ExampleSplit", predictions: "Predictions"
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


def _confusion_csv(predictions: "Predictions") -> bytes:
    """One row per example: what `dvc plots` with its template `confusion` reads."""
    names = predictions.classes
    pairs = zip(predictions.labels, predictions.predicted, strict=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["actual", "predicted"])
    writer.writerows((names[actual], names[guess]) for actual, guess in pairs)
    return text.getvalue().encode()


def _probes(
    model: "ServedModel", predictions: "Predictions", examples: "ExampleSplit"
) -> list[Probe]:
    """The first examples and the model's answers, for the check of the pushed model."""
    if examples.dataset.has_photographs:
        return _photo_probes(model, predictions)
    rows = predictions.probabilities[: len(predictions.probes)]
    answers = {PROBABILITIES: rows}
    serialized = Probe(SERVING_DEFAULT, {"examples": predictions.probes}, answers)
    # The same answers are wanted for the same pictures, whichever way they come in.
    pixels = examples.pixels(predictions.probes)
    probes = [serialized, Probe(PREDICT_IMAGES, {IMAGES: pixels}, answers)]
    return [*probes, *_feature_probes(model, pixels)]


def _photo_probes(model: "ServedModel", predictions: "Predictions") -> list[Probe]:
    from components.contracts.signatures import EXPLAIN
    from components.evaluator.classification.photo_metadata import encoded_images
    from components.evaluator.classification.saliency import explain

    examples = predictions.probes[:PHOTOGRAPHS_ASKED]
    answers = {PROBABILITIES: predictions.probabilities[: len(examples)]}
    encoded = encoded_images(examples)
    pixels, heatmap = explain(model, encoded)
    return [
        Probe(SERVING_DEFAULT, {"examples": examples}, answers),
        Probe(PREDICT_ENCODED, {"encoded": encoded}, answers),
        Probe(PREDICT_IMAGES, {IMAGES: pixels}, answers),
        Probe(EXPLAIN, {"encoded": encoded}, {"heatmap": heatmap}),
        *_feature_probes(model, pixels),
    ]


def _feature_probes(model: "ServedModel", pixels: Any) -> list[Probe]:
    # A classifier need not have them; whoever judges generators with it asks for them.
    if not model.has_signature(FEATURES):
        return []
    return [ask(model, FEATURES, images=pixels)]
