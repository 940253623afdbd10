# SPDX-License-Identifier: Apache-2.0
"""The part of the evaluation section on a model of a table.

It shows the model beside its rivals, what its answers rest on, where it errs, and how
it does on parts of the split.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.core.number_format import are_years, format_number, format_year
from components.report import html

# Columns of the table of mistakes, the most important ones.
_SHOWN: Final = 6
_METRICS: Final = {
    "log_loss": "Log-loss, nats",
    "accuracy": "Accuracy",
    "auc": "ROC area",
    "rmse": "Root mean squared error",
    "mae": "Mean absolute error",
    "r2": "R squared",
}
_WORDS: Final = {
    "log_loss": "log-loss",
    "rmse": "root mean squared error",
}


def render_body(data: StepData) -> Markup:
    """Make the part of the section.

    Args:
        data: What `table/evaluate.py` recorded.
    """
    facts = data.facts
    if "num_invalid" in facts:
        return html.paragraph(
            f"The model's outputs for {facts['num_invalid']:,} of "
            f"{facts['num_examples']:,} examples are no probabilities or no numbers, "
            "so nothing else was measured."
        )
    return html.join(
        *_rivals(facts),
        *_importance(facts),
        *(_numbers(data) if facts["is_regression"] else _classes(data)),
        *_mistakes(facts),
        *_slices(facts),
    )


def _rivals(facts: Mapping[str, Any]) -> Iterator[Markup]:
    yield html.subheading("Beside its rivals", "evaluation-rivals")
    yield html.paragraph(
        f"Measured on the {facts['num_examples']:,} examples of the {facts['split']} "
        f"split. The rivals are models of scikit-learn, fitted on the "
        f"{facts['num_train']:,} training rows, with settings chosen on the validation "
        "split. In brackets: 95 % intervals."
    )
    comparison, loss = facts["comparison"], facts["loss"]
    rows = [_rival_row(row, comparison["metrics"]) for row in comparison["rows"]]
    names = [_METRICS[name] for name in comparison["metrics"]]
    headers = ["", names[0], "Difference", *names[1:]]
    yield html.table(headers, rows, numeric=range(1, len(headers)))
    yield html.paragraph(
        f"The difference is the rival's {_WORDS[loss]} less the model's, on the same "
        "examples: an interval above zero says that the model is better, one around "
        "zero that this split does not tell them apart."
    )
    described = {row["name"]: row["description"] for row in comparison["rows"][1:]}
    yield html.facts_list(described)
    for name, reason in facts["left_out"].items():
        yield html.paragraph(f"No {name} rival: {reason}.")
    if facts["remark"]:
        yield html.paragraph(facts["remark"])


def _rival_row(row: Mapping[str, Any], metrics: Sequence[str]) -> list[Any]:
    figures = [_figure(row[metric]) for metric in metrics]
    gain = _figure(row["gain"], is_signed=True) if "gain" in row else None
    is_model = "gain" not in row
    name = Markup("<strong>this model</strong>") if is_model else row["name"]
    return [name, figures[0], gain, *figures[1:]]


def _figure(one: Mapping[str, float] | None, is_signed: bool = False) -> str | None:
    if one is None:
        return None
    shown = [format_number(one["value"])]
    shown += [format_number(one[end], 3) for end in ("low", "high")]
    if is_signed:
        signs = ["+" if one[key] > 0 else "" for key in ("value", "low", "high")]
        shown = [sign + text for sign, text in zip(signs, shown, strict=True)]
    return f"{shown[0]} [{shown[1]} to {shown[2]}]"


def _importance(facts: Mapping[str, Any]) -> Iterator[Markup]:
    yield html.subheading("What its answers rest on", "evaluation-importance")
    unit = facts["loss_unit"]
    yield html.paragraph(
        f"How much the {_WORDS[facts['loss']]} ({unit}) grows if the values of one "
        f"column are exchanged between the rows: mean of "
        f"{facts['importance_repeats']} repeats on {facts['importance_rows']:,} rows. "
        "A column near zero is not used, or another one says the same."
    )
    found = facts["importance"]
    yield html.bar_chart(
        [one["column"] for one in found],
        {"increase": [one["increase"] for one in found]},
        "Importance of each column",
        f"increase of the {_WORDS[facts['loss']]}",
    )
    rows = [
        [one["column"], _kind(facts, one["column"]), one["increase"], one["spread"]]
        for one in found
    ]
    headers = ["Column", "Kind", "Increase", "Standard deviation of the repeats"]
    yield html.details("The same with its spread", html.table(headers, rows))


def _kind(facts: Mapping[str, Any], column: str) -> str:
    one = facts["columns"][column]
    return f"{one['kind']}, {one['unit']}" if one["unit"] else str(one["kind"])


def _classes(data: StepData) -> Iterator[Markup]:
    facts = data.facts
    reliability, prefix = facts["reliability"], f"{facts['split']}_"
    if "roc" in data.arrays:
        negative, positive = facts["classes"]
        false_positive, true_positive = data.arrays["roc"].tolist()
        yield html.subheading("Every threshold", "evaluation-roc")
        yield html.line_chart(
            {positive: true_positive, "guessing": false_positive},
            title=f"ROC of {positive}",
            x_label=f"share of {negative} above the threshold",
            y_label=f"share of {positive} above it",
            x=false_positive,
        )
    yield html.subheading("What is taken for what", "evaluation-confusion")
    counts = data.arrays["confusion"].tolist()
    title = f"Confusion on {facts['split']}"
    yield html.confusion_matrix(facts["classes"], counts, title)
    yield _class_table(facts["per_class"])
    yield html.subheading("Are its probabilities true?", "evaluation-calibration")
    error = _named(facts["values"], f"{prefix}calibration_error")
    yield html.paragraph(
        f"Confidence and share of right answers differ by {_figure(error)} on average "
        f"(expected calibration error, {len(reliability['counts'])} bins)."
    )
    yield html.reliability_diagram(
        reliability["confidences"], reliability["accuracies"], reliability["counts"]
    )


def _named(values: Mapping[str, float], metric: str) -> dict[str, float]:
    ends = {end: values[f"{metric}_{end}"] for end in ("low", "high")}
    return {"value": values[metric], **ends}


def _class_table(per_class: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        [
            one["name"],
            one["examples"],
            one["recall"],
            _range(one["recall_interval"]),
            one["precision"],
        ]
        for one in per_class
    ]
    headers = ["Class", "Examples", "Recall", "95 % interval", "Precision"]
    return html.table(headers, rows, numeric=range(1, 5))


def _range(ends: Sequence[float] | None) -> str | None:
    return f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else None


def _numbers(data: StepData) -> Iterator[Markup]:
    facts = data.facts
    actual, predicted = data.arrays["points"].tolist()
    yield html.subheading("Predicted and actual", "evaluation-residuals")
    residuals = facts["residuals"]
    low, high = residuals["quantiles"][0], residuals["quantiles"][-1]
    yield html.paragraph(
        f"On average the predictions are {_signed(residuals['mean'])}; 9 of 10 errors "
        f"(predicted less actual) lie between {format_number(low)} and "
        f"{format_number(high)}."
    )
    title = f"Predictions of {facts['target']}"
    own, other = data.arrays["residual_counts"].tolist()
    yield html.side_by_side(
        html.points_on_diagonal(
            actual,
            predicted,
            title,
            f"actual {facts['target']}",
            f"predicted {facts['target']}",
        ),
        html.histogram_pair(
            own,
            other,
            ("this model", f"best rival: {residuals['best_rival']}"),
            data.arrays["residual_edges"].tolist(),
            f"Errors of {facts['target']}: predicted less actual",
            "error",
        ),
    )


def _signed(mean: float) -> str:
    word = "too high" if mean > 0 else "too low"
    return f"{format_number(abs(mean))} {word}"


def _mistakes(facts: Mapping[str, Any]) -> Iterator[Markup]:
    yield html.subheading("The worst mistakes", "evaluation-mistakes")
    mistakes = facts["mistakes"]
    if not mistakes:
        yield html.paragraph("There are none: every example was classified rightly.")
        return
    if facts["is_regression"]:
        yield html.paragraph(f"The {len(mistakes)} largest errors.")
    else:
        yield html.paragraph(
            f"{len(mistakes)} of {facts['num_mistakes']:,} wrong answers, those given "
            "with most confidence."
        )
    columns = [one["column"] for one in facts["importance"]][:_SHOWN]
    sure = [] if facts["is_regression"] else ["Confidence"]
    years = {name for name in columns if _are_years(name, mistakes)}
    rows = [
        [
            html.code(one["item_id"]),
            one["actual"],
            one["predicted"],
            *([f"{one['confidence']:.1%}"] if sure else []),
            *(_cell(one["row"][column], column in years) for column in columns),
        ]
        for one in mistakes
    ]
    yield html.table(["Row", "Actual", "Predicted", *sure, *columns], rows)


def _cell(value: Any, is_year: bool) -> Any:
    return format_year(value) if is_year else value


def _are_years(column: str, mistakes: Sequence[Mapping[str, Any]]) -> bool:
    values = [one["row"][column] for one in mistakes]
    return not any(isinstance(v, str) for v in values) and are_years(values, column)


def _slices(facts: Mapping[str, Any]) -> Iterator[Markup]:
    slices = facts["slices"]
    if not slices:
        return
    yield html.subheading("Parts of the split", "evaluation-slices")
    yield html.paragraph(
        "By the values of categories and by quarters of numbers, for the columns of "
        "most importance. With many parts, one is worse than the others by chance: the "
        "intervals say how much that means, and parts of fewer than "
        f"{facts['small_slice']} rows are marked, as they say little."
    )
    number = facts["is_regression"]
    # The name of a column once, before its first part.
    names = [one["column"] for one in slices]
    firsts = [name not in names[:index] for index, name in enumerate(names)]
    rows = [
        [
            one["column"] if is_first else "",
            one["name"],
            one["count"],
            one["figure"],
            f"{format_number(one['low'])} to {format_number(one['high'])}",
            one["second"],
            html.badge("warning", "few rows") if one["is_small"] else "",
        ]
        for one, is_first in zip(slices, firsts, strict=True)
    ]
    headers = [
        *("Column", "Part", "Rows", "Error (RMSE)" if number else "Accuracy"),
        *("95 % interval", "Mean error" if number else "Log-loss, nats", ""),
    ]
    yield html.table(headers, rows, numeric=range(2, 6))
