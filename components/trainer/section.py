# SPDX-License-Identifier: Apache-2.0
"""Section "training" of a report: learning curves, size, duration, parameters."""

from collections.abc import Mapping
from typing import Any

from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section
from components.trainer.loop.history import column
from components.trainer.provenance import Outcome


def render_training(
    data: StepData,
    charts: Mapping[str, Mapping[str, str]],
    note: str,
    more: str = "",
) -> Section:
    """Make the section "training" of a report.

    Args:
        data: Data that `write_training_data` wrote.
        charts: Title of a chart -> label of a line -> column of the history.
        note: How to read the curves.
        more: HTML of the family below the curves. Defaults to nothing.
    """
    outcome = Outcome(**data.facts["outcome"])
    history, params = data.facts["history"], data.facts["params"]
    facts = _facts(data.facts["seed"], outcome)
    curves = [
        html.line_chart(
            {label: column(history, name) for label, name in lines.items()},
            title=title,
            x_label="epoch",
        )
        for title, lines in charts.items()
    ]
    body = html.join(
        html.facts_list(facts),
        *(
            html.paragraph(html.join(html.badge("warning"), f" {remark}"))
            for remark in outcome.remarks
        ),
        html.side_by_side(*curves),
        html.paragraph(note),
        more,
        html.details(
            "All parameters",
            html.table(["Parameter", "Value"], _parameter_rows(params)),
        ),
    )
    return Section(
        name="training",
        title="Training",
        summary=_summary(outcome),
        html=str(body),
        facts={**facts, "params": params, "history": history},
    )


def _facts(seed: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "Parameters": outcome.num_parameters,
        "Epochs": outcome.epochs,
        "Seconds": round(outcome.train_seconds, 1),
        "Device": outcome.devices,
        "Number format": outcome.precision,
        "Seed": seed,
        **{f"Validation {_spell(k)}": v for k, v in outcome.validation.items()},
        **{_spell(name).capitalize(): v for name, v in outcome.details.items()},
    }


def _summary(outcome: Outcome) -> str:
    metrics = ", ".join(f"{_spell(k)} {v:.4f}" for k, v in outcome.validation.items())
    return (
        f"{outcome.num_parameters:,} parameters, {outcome.epochs} epochs in "
        f"{outcome.train_seconds:.0f} s; on the validation split: {metrics}."
    )


def _spell(name: str) -> str:
    return name.replace("_", " ").replace("log loss", "log-loss")


def _parameter_rows(params: dict[str, Any], prefix: str = "") -> list[list[Any]]:
    """Make one row per parameter, with dotted names for groups as in params.yaml."""
    rows: list[list[Any]] = []
    for name, value in params.items():
        if isinstance(value, dict):
            rows += _parameter_rows(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            rows.append([prefix + name, ", ".join(map(str, value)) or "none"])
        else:
            rows.append([prefix + name, value])
    return rows
