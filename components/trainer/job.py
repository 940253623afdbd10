# SPDX-License-Identifier: Apache-2.0
"""What a trainer is asked to do, read from the `custom_config` the graph passes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.contracts.dataset_facts import DatasetFacts
from components.core.project import state_dir
from components.core.records import read_record
from components.model_store.published import PublishedModel


@dataclass(frozen=True)
class Job:
    """One training, as the graph describes it."""

    recipe: str
    """Name of the recipe."""

    seed: int
    """Seeds weights, shuffling, augmentation and dropout."""

    params: Mapping[str, Any]
    """The recipe's `trainer` block; the trainer's `Params` reads it."""

    dataset: DatasetFacts
    """What it is trained on."""

    model_key: str
    """Hash of all that determines the model."""

    code_fingerprint: str
    """Fingerprint of the code that trains."""

    needs: PublishedModel | None = None
    """The published model that the recipe reads, if it names one."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Path -> sha256 of what the trainer reads beside the data."""


def read_job(custom_config: Mapping[str, Any]) -> Job:
    """Read a job from a Trainer's `custom_config`; a `UsageError` says what is off."""
    return read_record(Job, custom_config, "custom_config")


def checkpoint_folder(model_key: str) -> Path:
    """Where a training keeps what it needs to resume."""
    return state_dir() / "checkpoints" / model_key
