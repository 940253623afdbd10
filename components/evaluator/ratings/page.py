# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a model of ratings."""

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.report import html


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts and arrays of the evaluation.
    """
    return html.join(
        *_comparison(data.facts),
        *_curve(data.facts),
        *_distributions(data),
        *_slices(data.facts),
        *_recommendations(data.facts),
    )


def _comparison(facts: Any) -> Iterator[Markup]:
    yield html.subheading("Beside its rivals", "evaluation-rivals")
    yield html.paragraph(
        "All know what each user rated before, and learnt the items from the same "
        "training split. Intervals are over draws of users; a ratio whose interval "
        "lies below 1 is a difference that is no chance."
    )
    rows = []
    for one in facts["compared"]:
        ratio = one["ratio"]
        rows.append(
            [
                one["words"],
                one["rmse"],
                f"{one['low']:.4f} to {one['high']:.4f}",
                _ratio(ratio) if ratio else "",
                *(one["mae"], one["log_loss"], one["ndcg_at_10"]),
            ]
        )
    if facts["ceiling"]:
        rows.append(["best possible", facts["ceiling"], "", "", "", "", ""])
    headers = [
        *("Model", "Error (RMSE)", "95 % interval", "Error of this model over it"),
        *("Mean absolute error", "Log-loss, nats", "nDCG at 10"),
    ]
    yield html.table(headers, rows, (1, 4, 5, 6))
    if facts["remark"]:
        yield html.paragraph(facts["remark"])


def _ratio(ratio: list[float]) -> str:
    value, low, high = ratio
    return f"{value:.4f} ({low:.4f} to {high:.4f})"


def _curve(facts: Any) -> Iterator[Markup]:
    yield html.subheading("New users", "evaluation-new-users")
    yield html.line_chart(
        {"error": [error for _, error in facts["curve"]]},
        x=[number for number, _ in facts["curve"]],
        title="Error (RMSE) by how many ratings of a user are known",
        x_label="ratings",
    )


def _distributions(data: StepData) -> Iterator[Markup]:
    counts, edges = data.arrays["rating_counts"], data.arrays["rating_edges"]
    said, given, number = data.arrays["calibration"]
    yield html.subheading("What it predicts", "evaluation-predictions")
    yield html.side_by_side(
        html.histograms(
            {"real": counts[0], "predicted": counts[1]},
            edges,
            "Predicted and real ratings",
            "rating",
        ),
        html.reliability_diagram(
            said, given, number, "Probability of a rating, and how often it is given"
        ),
    )


def _slices(facts: Any) -> Iterator[Markup]:
    yield html.subheading("Parts of the split", "evaluation-slices")
    rows = [
        [
            one["by"],
            f"{one['from']:,} to {one['to']:,}",
            *(one["count"], one["rmse"]),
            f"{one['low']:.3f} to {one['high']:.3f}",
            one["mean_error"],
        ]
        for one in facts["slices"]
    ]
    headers = ["By", "Part", "Ratings", "Error (RMSE)", "95 % interval", "Mean error"]
    yield html.table(headers, rows, (2, 3, 5))


def _recommendations(facts: Any) -> Iterator[Markup]:
    yield html.subheading("Recommendations", "evaluation-recommendations")
    yield html.paragraph("For users that are drawn, always the same ones.")
    for one in facts["recommended"]:
        rows = [
            ["rated highest", _listed(one["liked"])],
            ["rated lowest", _listed(one["disliked"])],
            ["recommended", "; ".join(one["recommended"])],
            ["rated later, not known to the model", _listed(one["later"])],
        ]
        title = f"User {one['user']}, {one['count']:,} ratings before"
        yield html.details(title, html.table(["", "Items"], rows), is_open=True)


def _listed(pairs: list[list[Any]]) -> str:
    return "; ".join(f"{name} ({value:g})" for name, value in pairs)
