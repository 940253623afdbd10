# SPDX-License-Identifier: Apache-2.0
"""Result of an evaluate function, and its files in a ModelEvaluation artifact."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from components.contracts.damaged_outputs import output_remedy
from components.contracts.verdicts import VERDICT_FILE
from components.core.json_files import read_json_record, write_json

METRICS_FILE = "metrics.json"
# Recorded calls of the signatures of the evaluated model.
SIGNATURE_EXAMPLES_FILE = "signature_examples.json"
# A protocol entry `unit.test_log_loss` gives the unit of that metric.
UNIT = "unit."

_TEST = "test_"
_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def on_split(metric: str, split: str) -> str:
    """Convert the name of a metric on the test split, `test_...`, to another split."""
    name = metric.removeprefix(_TEST)
    return metric if name == metric else f"{split}_{name}"


@dataclass(frozen=True)
class Answers:
    """What a model answered to the items of a split, for metrics of a user's own."""

    labels: NDArray[Any]
    """Indices of the true classes, int64 (n,); or the true numbers, float (n,)."""

    predictions: NDArray[Any]
    """Probabilities, float (n, classes); or the predicted numbers, float (n,)."""


@dataclass(frozen=True)
class Metrics:
    """Metrics of one model on one split, with all that is needed to read them.

    Raises:
        ValueError: If a name is not in snake case, a value is not finite, or a file
            would lie outside of the artifact or replace metrics.json or verdict.json.
    """

    values: Mapping[str, float]
    """Metric -> value. Names in snake case, values finite: what could not be measured
    is left out, and a gate that names it fails."""

    protocol: Mapping[str, str]
    """How they were measured: split, number of examples, data hash, seed;
    `unit.<metric>` for units."""

    renderer: str = ""
    """Import path of a module with `render_body(data: StepData) -> Markup`, which makes
    the fragment for the report from the next three. Defaults to none."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Values for the renderer that JSON can hold."""

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Arrays for the renderer, by name."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Encoded pictures for the renderer, by file name in the folder of its data."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """Relative path -> content of files for the ModelEvaluation artifact; bytes, so
    that an evaluate function needs no folder that outlives it."""

    answers: Answers | None = None
    """The answers that were measured; None where there are none of this kind, or they
    are invalid."""

    def __post_init__(self) -> None:
        for name, value in self.values.items():
            _check_value(name, value)
        for name in self.files:
            _check_file_name(name)

    def unit(self, metric: str) -> str:
        """Return the unit of a metric; empty if the protocol names none."""
        return self.protocol.get(UNIT + metric, "")


@dataclass(frozen=True)
class MetricsRecord:
    """Content of metrics.json."""

    values: dict[str, float]
    """Metrics of the candidate."""

    protocol: dict[str, str]
    """How they were measured."""

    baseline: dict[str, float] | None = None
    """Metrics of the baseline model on the same examples; None without one."""


def write_metrics(
    metrics: Metrics, directory: str | Path, baseline: Mapping[str, float] | None = None
) -> None:
    """Write metrics.json and the files of the metrics into a folder.

    Args:
        metrics: Metrics of the candidate.
        directory: Folder of the ModelEvaluation artifact; made if needed.
        baseline: Metrics of the baseline model. Defaults to None for none.
    """
    folder = Path(directory)
    for name, content in metrics.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Pictures by the hundred: the runner syncs an output as a whole.
        path.write_bytes(content)
    record = {
        "values": dict(metrics.values),
        "protocol": dict(metrics.protocol),
        "baseline": None if baseline is None else dict(baseline),
    }
    write_json(folder / METRICS_FILE, record)


def read_metrics(directory: str | Path) -> MetricsRecord:
    """Read metrics.json of a folder; a `DamagedFile` names what is invalid."""
    folder = Path(directory)
    path = folder / METRICS_FILE
    return read_json_record(MetricsRecord, path, output_remedy(folder))


def _check_value(name: str, value: float) -> None:
    if not _SNAKE_CASE.fullmatch(name):
        raise ValueError(
            "metric names are in snake case, as in 'test_log_loss'.\n"
            f"Received {name!r}."
        )
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise ValueError(
            f"metric {name!r}: expected a finite number; leave out what could not be "
            f"measured.\nReceived {value!r}."
        )


def _check_file_name(name: str) -> None:
    path = Path(name)
    taken = ("", ".", METRICS_FILE, VERDICT_FILE)
    if path.is_absolute() or ".." in path.parts or name in taken:
        raise ValueError(
            f"files: expected a path inside the artifact, other than {METRICS_FILE} "
            f"and {VERDICT_FILE}.\n"
            f"Received {name!r}."
        )
