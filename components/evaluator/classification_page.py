# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a classifier: figures, confusion, calibration, mistakes."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components.evaluator import figures
from components.report import html

if TYPE_CHECKING:
    from components.evaluator.examples import ExampleSplit
    from components.evaluator.predictions import Predictions
    from components.evaluator.tfma_analysis import Analysis

MISTAKES_SHOWN = 24


def page_html(
    predictions: "Predictions",
    analysis: "Analysis",
    examples: "ExampleSplit",
    values: Mapping[str, float],
) -> str:
    """The classifier's part of the section.

    Args:
        predictions: What the model said.
        analysis: What TFMA found.
        examples: Where the pictures are.
        values: All metrics by name.
    """
    counts = figures.confusion_counts(predictions)
    reliability = figures.measure_reliability(predictions)
    gap = reliability.error
    title = f"Confusion on {examples.split}"
    return str(
        html.join(
            html.subheading("Against guessing", "evaluation-guessing"),
            _against_guessing(values, f"{examples.split}_"),
            html.subheading("What is taken for what", "evaluation-confusion"),
            html.confusion_matrix(predictions.classes, counts.tolist(), title),
            html.subheading("Are its probabilities true?", "evaluation-calibration"),
            html.paragraph(
                f"Confidence and share of right answers differ by {gap:.4f} on average "
                f"(expected calibration error, {figures.CALIBRATION_BINS} bins)."
            ),
            html.reliability_diagram(
                reliability.confidences, reliability.accuracies, reliability.counts
            ),
            html.subheading("Class by class", "evaluation-classes"),
            _class_table(predictions, analysis, counts),
            html.subheading("The worst mistakes", "evaluation-mistakes"),
            *_mistakes(predictions, examples),
        )
    )


def _against_guessing(values: Mapping[str, float], prefix: str) -> Any:
    accuracy = values[f"{prefix}accuracy"]
    low, high = values[f"{prefix}accuracy_low"], values[f"{prefix}accuracy_high"]
    rows = [
        [
            "accuracy",
            accuracy,
            f"{low:.4f} to {high:.4f}",
            values["baseline_accuracy_majority"],
            "always the most frequent class",
        ],
        [
            "log-loss, nats",
            values[f"{prefix}log_loss"],
            "",
            values["baseline_log_loss_class_share"],
            "always the class shares",
        ],
    ]
    headers = ["", "Model", "95 % interval", "Guessing", "How it guesses"]
    return html.table(headers, rows)


def _class_table(predictions: "Predictions", analysis: "Analysis", counts: Any) -> Any:
    columns = (
        predictions.classes,
        counts.sum(axis=1).tolist(),
        figures.recall_of(counts),
        figures.precision_of(counts),
        [analysis.log_loss_of.get(name) for name in predictions.classes],
    )
    headers = ["Class", "Examples", "Recall", "Precision", "Log-loss, nats"]
    return html.table(headers, zip(*columns, strict=True), numeric=range(1, 5))


def _mistakes(predictions: "Predictions", examples: "ExampleSplit") -> Iterator[Any]:
    worst = figures.worst_mistakes(predictions, MISTAKES_SHOWN)
    total = int((predictions.predicted != predictions.labels).sum())
    if not worst:
        yield html.paragraph("There are none: every example was classified rightly.")
        return
    yield html.paragraph(
        f"{len(worst)} of {total:,} wrong answers, those given with most confidence."
    )
    pictures = examples.pictures([predictions.item_ids[i] for i in worst])
    shown = [
        (pictures[predictions.item_ids[i]], _caption(predictions, i)) for i in worst
    ]
    yield html.image_grid(shown, size=88, alt="wrongly classified")


def _caption(predictions: "Predictions", index: int) -> Any:
    true = predictions.classes[predictions.labels[index]]
    guess = predictions.classes[predictions.predicted[index]]
    sure = predictions.confidence[index]
    item = html.code(predictions.item_ids[index])
    return html.join(f"{true} taken for {guess}, {sure:.1%}", item)
