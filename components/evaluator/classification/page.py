# SPDX-License-Identifier: Apache-2.0
"""A classifier's part of the evaluation section: metrics, confusion, calibration.

`page_data.py` and `photo_page_data.py` make the data that it shows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.evaluator.classification.captioned_pictures import captioned_pictures
from components.evaluator.classification.photo_page import photo_fragments
from components.report import html

# Width of a picture in CSS pixels, by the suffix of its file.
_WIDTHS = {"png": 88, "jpg": 132}


def render_body(data: StepData) -> Markup:
    """Make the classifier's part of the section.

    Args:
        data: What `classification/evaluate.py` recorded.
    """
    facts = data.facts
    if "num_invalid" in facts:
        return html.paragraph(
            f"The model's outputs for {facts['num_invalid']:,.0f} of "
            f"{facts['examples']} examples are not probabilities (not finite, "
            "negative, or with another sum than one), so nothing else was measured."
        )
    body = html.join(*_fragments(data))
    if "photographs" in facts:
        body += html.join(*photo_fragments(data))
    return body


def _fragments(data: StepData) -> Iterator[Any]:
    facts = data.facts
    reliability = facts["reliability"]
    confusion = data.arrays["confusion"].tolist()
    yield html.subheading("Against guessing", "evaluation-guessing")
    yield _against_guessing(facts["values"], f"{facts['split']}_")
    if "baseline_accuracy_control" in facts["values"]:
        yield from _against_control(facts["values"], f"{facts['split']}_")
    if facts["remark"]:
        yield html.paragraph(facts["remark"])
    yield from _roc(data)
    yield html.subheading("What is taken for what", "evaluation-confusion")
    title = f"Confusion on {facts['split']}"
    yield html.confusion_matrix(facts["classes"], confusion, title)
    yield html.subheading("Are its probabilities true?", "evaluation-calibration")
    gap = facts["values"][f"{facts['split']}_calibration_error"]
    yield html.paragraph(
        f"Confidence and share of right answers differ by {gap:.4f} on average "
        f"(expected calibration error, {len(reliability['counts'])} bins)."
    )
    yield html.reliability_diagram(
        reliability["confidences"], reliability["accuracies"], reliability["counts"]
    )
    yield html.subheading("Class by class", "evaluation-classes")
    yield _class_table(facts["per_class"])
    yield html.subheading("The worst mistakes", "evaluation-mistakes")
    yield from _mistakes(data)


def _against_guessing(values: Mapping[str, float], prefix: str) -> Markup:
    rows: list[list[Any]] = [
        [
            "accuracy",
            values[f"{prefix}accuracy"],
            _interval(values, f"{prefix}accuracy"),
            values["baseline_accuracy_majority"],
            "always the most frequent class",
        ],
        [
            "log-loss, nats",
            values[f"{prefix}log_loss"],
            _interval(values, f"{prefix}log_loss"),
            values["baseline_log_loss_class_share"],
            "always the class shares: what a model reaches that sees nothing",
        ],
    ]
    if (auc := f"{prefix}auc") in values:
        interval = _interval(values, auc)
        rows.append(["ROC area", values[auc], interval, 0.5, "any constant"])
    headers = ["", "Model", "95 % interval", "Guessing", "How it guesses"]
    return html.table(headers, rows)


def _against_control(values: Mapping[str, float], prefix: str) -> Iterator[Markup]:
    gain = f"{prefix}gain_over_control"
    rows = [
        [name, values[f"{prefix}{metric}"], values[f"baseline_{metric}_control"]]
        for name, metric in (("accuracy", "accuracy"), ("log-loss, nats", "log_loss"))
    ]
    yield html.subheading("Against the same network from scratch", "evaluation-control")
    yield html.table(["", "Model", "From scratch"], rows)
    verdict = (
        "The pretrained weights help."
        if values[f"{gain}_low"] > 0
        else "The interval is not above 0: a gain is not proven."
    )
    yield html.paragraph(
        f"Gain in accuracy {values[gain]:+.4f}, 95 % interval "
        f"{_interval(values, gain)} over the images, with this seed. {verdict}"
    )


def _interval(values: Mapping[str, float], metric: str) -> str:
    return f"{values[f'{metric}_low']:.4f} to {values[f'{metric}_high']:.4f}"


def _roc(data: StepData) -> Iterator[Markup]:
    if "roc" not in data.arrays:
        return
    negative, positive = data.facts["classes"]
    false_positive, true_positive = data.arrays["roc"].tolist()
    yield html.subheading("Every threshold", "evaluation-roc")
    yield html.line_chart(
        {positive: true_positive, "guessing": false_positive},
        title=f"ROC of {positive}",
        x_label=f"share of {negative} above the threshold",
        y_label=f"share of {positive} above it",
        x=false_positive,
    )


def _class_table(per_class: list[dict[str, Any]]) -> Markup:
    rows = [
        [
            one["name"],
            one["examples"],
            one["recall"],
            _range(one["recall_interval"]),
            one["precision"],
            one["log_loss"],
        ]
        for one in per_class
    ]
    headers = [
        *("Class", "Examples", "Recall", "95 % interval", "Precision"),
        "Log-loss, nats",
    ]
    return html.table(headers, rows, numeric=range(1, 6))


def _range(ends: list[float] | None) -> str:
    return f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""


def _mistakes(data: StepData) -> Iterator[Markup]:
    worst, total = data.facts["mistakes"], data.facts["num_mistakes"]
    if not worst:
        yield html.paragraph("There are none: every example was classified rightly.")
        return
    yield html.paragraph(
        f"{len(worst)} of {total:,} wrong answers, those given with most confidence."
    )
    shown = captioned_pictures(data, worst)
    width = _WIDTHS[worst[0]["picture"].rpartition(".")[2]]
    yield html.image_grid(shown, size=width, alt="wrongly classified")
