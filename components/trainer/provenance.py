# SPDX-License-Identifier: Apache-2.0
"""provenance.json beside a model: its data, parameters, code and libraries."""

import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from components.core.git import git_state
from components.core.json_files import write_json
from components.model_store.published import PROVENANCE_FILE
from components.trainer.job import Job

LIBRARIES: Final = (
    *("prodl", "tensorflow", "keras", "tfx", "tensorflow-transform", "numpy"),
)


@dataclass(frozen=True)
class Outcome:
    """Results of a training."""

    num_parameters: int
    """Weights of the model, those that are not trained included."""

    epochs: int
    """Epochs trained."""

    train_seconds: float
    """Wall time of all epochs in seconds, without validation."""

    devices: str
    """Number and kind of the devices, for example `1 x cpu`."""

    precision: str
    """Keras dtype policy of the training."""

    validation: dict[str, float]
    """Metrics of the exported model on the validation split."""

    details: dict[str, Any] = field(default_factory=dict)
    """Further values of the family by name, for example its temperature."""

    remarks: tuple[str, ...] = ()
    """What a reader of its figures must know, in sentences. Defaults to nothing."""


def write_provenance(folder: Path, job: Job, params: Any, outcome: Outcome) -> None:
    """Write `provenance.json` into the folder of a model.

    Args:
        folder: Folder of the SavedModel.
        job: Description of the training.
        params: The family's `Params`, defaults included.
        outcome: Results of the training.
    """
    commit, has_changes = git_state()
    record = {
        **asdict(job),
        "dataset": job.dataset.record(),
        "params": asdict(params),
        **asdict(replace(outcome, validation=_finite(outcome.validation))),
        "git": {"commit": commit, "dirty": has_changes},
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    write_json(folder / PROVENANCE_FILE, record)


def _finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """The metrics that JSON can hold: a training that diverged has others."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
