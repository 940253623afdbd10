# SPDX-License-Identifier: Apache-2.0
"""Data of a training for the section "training" of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from components.contracts.step_data import write_step_data
from components.trainer.job import Job
from components.trainer.loop.history import EpochRow
from components.trainer.provenance import Outcome


def write_training_data(
    folder: Path,
    renderer: str,
    job: Job,
    params: Mapping[str, Any],
    outcome: Outcome,
    history: Sequence[EpochRow],
    facts: Mapping[str, Any] | None = None,
    arrays: Mapping[str, NDArray[Any]] | None = None,
) -> None:
    """Write the data of the section "training" into a folder.

    Args:
        folder: Folder of the ModelRun artifact.
        renderer: Import path of the family's `section` module.
        job: Description of the training.
        params: The family's parameters by name.
        outcome: Results of the training.
        history: One row per epoch.
        facts: Further values of the family by name. Defaults to none.
        arrays: Arrays of the family, for instance sample images. Defaults to none.
    """
    common = {
        "recipe": job.recipe,
        "seed": job.seed,
        "needs": asdict(job.needs) if job.needs else None,
        "params": dict(params),
        "outcome": asdict(outcome),
        "history": list(history),
    }
    write_step_data(folder, renderer, {**common, **(facts or {})}, arrays)
