# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a model that predicts a number."""

import csv
import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import VALUE
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import Answers
from components.evaluator.table.comparison import compare
from components.evaluator.table.measured import (
    Invalid,
    Measured,
    named_values,
    share_values,
)
from components.evaluator.table.metric_names import MEAN
from components.evaluator.table.number_metrics import (
    number_statistics,
    root_mean_square,
)
from components.evaluator.table.predictions import (
    NumberPredictions,
    collect_numbers,
    predict_numbers,
)
from components.evaluator.table.references import References
from components.evaluator.table.resampling import Estimate, estimate
from components.serving.saved_model import SavedModel

LOSS: Final = "rmse"
COMPARED: Final = ("rmse", "mae", "r2")
PREDICTIONS_FILE: Final = "predictions.csv"
NUM_MISTAKES: Final = 12
# Points of the chart of predictions; a page of more would be slow.
MOST_POINTS: Final = 1000
_BINS: Final = 30


def measure_numbers(
    model: SavedModel, examples: ExampleSplit, references: References
) -> Measured | Invalid:
    """Measure a model that predicts a number.

    Args:
        model: The exported model.
        examples: The split under test.
        references: Its rows, and the rivals.
    """
    predictions = collect_numbers(model, examples)
    if predictions.num_invalid:
        return Invalid(predictions.num_invalid, len(predictions))
    targets: NDArray[np.float64] = references.rows.answers
    comparison = compare(
        predictions.values,
        references.rivals,
        lambda values: number_statistics(targets, values),
        LOSS,
        len(predictions),
    )
    errors = predictions.values - targets
    best_name = comparison.best_rival(LOSS)
    (best,) = (rival for rival in references.rivals if rival.name == best_name)
    shares = share_values(comparison, LOSS, MEAN, references)
    count = len(predictions.first_examples)
    return Measured(
        num_examples=len(predictions),
        comparison=comparison,
        values=named_values(comparison.model) | shares,
        loss=LOSS,
        loss_unit=f"units of {references.layout.target}",
        first_examples=predictions.first_examples,
        first_outputs={VALUE: predictions.values[:count].astype(np.float32)},
        loss_of=lambda serialized, positions: _rmse(
            predict_numbers(model, serialized) - targets[positions]
        ),
        measure_slice=lambda members: _slice(errors[members]),
        compared=COMPARED,
        answers=Answers(targets, predictions.values),
        facts=_facts(predictions, references, errors, best.name),
        arrays=_arrays(predictions.values, targets, best.outputs),
        files={PREDICTIONS_FILE: _csv(predictions, targets)},
    )


def _rmse(errors: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.square(errors).mean()))


def _slice(errors: NDArray[np.float64]) -> tuple[Estimate, float]:
    found = estimate({LOSS: root_mean_square(errors)}, len(errors))
    return found[LOSS], float(errors.mean())


def _facts(
    predictions: NumberPredictions,
    references: References,
    errors: NDArray[np.float64],
    best_rival: str,
) -> dict[str, Any]:
    targets = references.rows.answers
    worst = np.argsort(-np.abs(errors), kind="stable")[:NUM_MISTAKES].tolist()
    return {
        "residuals": {
            "best_rival": best_rival,
            "mean": float(errors.mean()),
            "quantiles": np.quantile(errors, (0.05, 0.25, 0.5, 0.75, 0.95)).tolist(),
        },
        "mistakes": [
            {
                "item_id": predictions.item_ids[i],
                "actual": float(targets[i]),
                "predicted": float(predictions.values[i]),
                "row": references.rows.row(i, references.layout),
            }
            for i in worst
        ],
    }


def _arrays(
    values: NDArray[np.float64],
    targets: NDArray[np.float64],
    rival: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """Points of the chart, and histograms of the errors of model and best rival."""
    shown = np.unique(np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(int))
    errors = np.stack([values, rival]) - targets
    edges = np.histogram_bin_edges(errors, _BINS)
    counts = [np.histogram(one, edges)[0] for one in errors]
    return {
        "points": np.stack([targets[shown], values[shown]]),
        "residual_counts": np.stack(counts),
        "residual_edges": edges,
    }


def _csv(predictions: NumberPredictions, targets: NDArray[np.float64]) -> bytes:
    """One row per example, for other programs."""
    rows = zip(predictions.item_ids, targets, predictions.values, strict=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["item_id", "actual", "predicted"])
    writer.writerows((item, repr(float(a)), repr(float(p))) for item, a, p in rows)
    return text.getvalue().encode()
