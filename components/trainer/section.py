# SPDX-License-Identifier: Apache-2.0
"""The report section of a training: its curves, its size and what it took."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section, write_section
from components.trainer.job import Job
from components.trainer.loop.history import EpochRow, column
from components.trainer.provenance import Outcome

# Title of a chart -> label of a line -> column of the history.
CLASSIFIER_CHARTS = {
    "Loss": {"training": "loss", "validation": "val_loss"},
    "Accuracy": {"training": "accuracy", "validation": "val_accuracy"},
    "Learning rate": {"learning rate": "learning_rate"},
}

NOTE = (
    "Training figures are taken while the weights change, on distorted images and with "
    "smoothed labels where the parameters say so; validation figures after each epoch, "
    "on images as they are and before the temperature is fitted."
)


def render_training(
    data: StepData,
    charts: Mapping[str, Mapping[str, str]],
    note: str = NOTE,
    more: Any = "",
) -> Section:
    """Make the section "training" of a report.

    Args:
        data: What `write_training_data` left.
        charts: Title of a chart -> label of a line -> column of the history.
        note: How to read the curves. Defaults to what holds for classifiers of images.
        more: HTML that the family adds below the curves. Defaults to nothing.
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


def write_training_section(
    folder: Path,
    job: Job,
    params: dict[str, Any],
    outcome: Outcome,
    history: Sequence[EpochRow],
    charts: dict[str, dict[str, str]],
    note: str = NOTE,
    more: Any = "",
) -> None:
    """Write the section "training" of a report.

    Args:
        folder: Where to write.
        job: What was asked for.
        params: The trainer's parameters by name.
        outcome: What came out.
        history: One row per epoch.
        charts: Title of a chart -> label of a line -> column of the history.
        note: How to read the curves. Defaults to what holds for classifiers of images.
        more: What the family adds below the curves. Defaults to nothing.
    """
    facts = _facts(job.seed, outcome)
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
        html.side_by_side(*curves),
        html.paragraph(note),
        more,
        html.details(
            "All parameters",
            html.table(["Parameter", "Value"], _parameter_rows(params)),
        ),
    )
    section = Section(
        name="training",
        title="Training",
        summary=_summary(outcome),
        html=body,
        facts={**facts, "params": params, "history": list(history)},
    )
    write_section(section, folder)


def _facts(seed: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "Parameters": outcome.num_parameters,
        "Epochs": outcome.epochs,
        "Seconds": round(outcome.train_seconds, 1),
        "Device": outcome.devices,
        "Number format": outcome.precision,
        "Seed": seed,
        **{f"Validation {_words(k)}": v for k, v in outcome.validation.items()},
        **{_words(name).capitalize(): v for name, v in outcome.details.items()},
    }


def _summary(outcome: Outcome) -> str:
    metrics = ", ".join(f"{_words(k)} {v:.4f}" for k, v in outcome.validation.items())
    return (
        f"{outcome.num_parameters:,} parameters, {outcome.epochs} epochs in "
        f"{outcome.train_seconds:.0f} s; on the validation split: {metrics}."
    )


def _words(name: str) -> str:
    return name.replace("_", "-")


def _parameter_rows(params: dict[str, Any], prefix: str = "") -> list[list[Any]]:
    """One row per parameter, those of a group under `group.name` as in params.yaml."""
    rows: list[list[Any]] = []
    for name, value in params.items():
        if isinstance(value, dict):
            rows += _parameter_rows(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple):
            rows.append([prefix + name, ", ".join(map(str, value)) or "none"])
        else:
            rows.append([prefix + name, value])
    return rows
