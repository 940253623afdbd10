# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a classifier: figures, confusion, calibration, mistakes."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components.evaluator.classification import metrics as figures
from components.evaluator.classification.roc import roc_curve
from components.report import html

if TYPE_CHECKING:
    from components.evaluator.classification.predictions import Predictions
    from components.evaluator.classification.tfma import Analysis
    from components.evaluator.examples import ExampleSplit

MISTAKES_SHOWN = 24

# What a reader of the book must know of its figure for a data set.
REMARKS = {
    "cervix": (
        "The book prints a log-loss of 1.0007 and an accuracy of 0.5283 for its "
        "network after 200 epochs. That is the log-loss of the class shares of its own "
        "data (17, 53 and 30 %) and the share of the most frequent type: the network "
        "had learned how frequent each type is, and nothing about pictures. The gate "
        "here asks for less than guessing on the very split that is judged, and for "
        "some recall of every type."
    ),
}


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
            *_remark(examples.dataset.name),
            *_roc(predictions, values, f"{examples.split}_"),
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
    loss_low = values[f"{prefix}log_loss_low"]
    loss_high = values[f"{prefix}log_loss_high"]
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
            f"{loss_low:.4f} to {loss_high:.4f}",
            values["baseline_log_loss_class_share"],
            "always the class shares: what a model reaches that sees nothing",
        ],
    ]
    if f"{prefix}auc" in values:
        low, high = values[f"{prefix}auc_low"], values[f"{prefix}auc_high"]
        shown = f"{low:.4f} to {high:.4f}"
        rows.append(["ROC area", values[f"{prefix}auc"], shown, 0.5, "any constant"])
    headers = ["", "Model", "95 % interval", "Guessing", "How it guesses"]
    return html.table(headers, rows)


def _remark(dataset: str) -> Iterator[Any]:
    if dataset in REMARKS:
        yield html.paragraph(REMARKS[dataset])


def _roc(
    predictions: "Predictions", values: Mapping[str, float], prefix: str
) -> Iterator[Any]:
    if f"{prefix}auc" not in values:
        return
    positive = predictions.classes[1]
    curve = roc_curve(predictions.labels == 1, predictions.probabilities[:, 1])
    yield html.subheading("Every threshold", "evaluation-roc")
    yield html.line_chart(
        {positive: curve.true_positive, "guessing": curve.false_positive},
        title=f"ROC of {positive}",
        x_label=f"share of {predictions.classes[0]} above the threshold",
        y_label=f"share of {positive} above it",
        x=curve.false_positive,
    )


def _class_table(predictions: "Predictions", analysis: "Analysis", counts: Any) -> Any:
    sizes, recalls = counts.sum(axis=1).tolist(), figures.recall_of(counts)
    columns = (
        predictions.classes,
        sizes,
        recalls,
        [_interval(share, size) for share, size in zip(recalls, sizes, strict=True)],
        figures.precision_of(counts),
        [analysis.log_loss_of.get(name) for name in predictions.classes],
    )
    headers = [
        *("Class", "Examples", "Recall", "95 % interval", "Precision"),
        "Log-loss, nats",
    ]
    return html.table(headers, zip(*columns, strict=True), numeric=range(1, 6))


def _interval(share: float | None, count: int) -> str:
    if share is None:
        return ""
    low, high = figures.wilson_interval(share, count)
    return f"{low:.3f} to {high:.3f}"


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
    size = 132 if examples.dataset.has_photographs else 88
    yield html.image_grid(shown, size=size, alt="wrongly classified")


def _caption(predictions: "Predictions", index: int) -> Any:
    true = predictions.classes[predictions.labels[index]]
    guess = predictions.classes[predictions.predicted[index]]
    sure = predictions.confidence[index]
    item = html.code(predictions.item_ids[index])
    return html.join(f"{true} taken for {guess}, {sure:.1%}", item)
