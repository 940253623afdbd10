# SPDX-License-Identifier: Apache-2.0
"""Description of a training, from the `custom_config` of TFX's Trainer."""

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
    """One training of one recipe."""

    recipe: str
    """Name of the recipe."""

    seed: int
    """Seeds weights, shuffling, augmentation and dropout."""

    params: Mapping[str, Any]
    """`trainer` block of the recipe; the family's `Params` checks it."""

    dataset: DatasetFacts
    """The data set."""

    model_key: str
    """Hash of everything that determines the model: data, parameters, code, seed."""

    code_fingerprint: str
    """Fingerprint of the source code of the trainer."""

    needs: PublishedModel | None = None
    """The published model that the recipe reads. Defaults to none."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Path -> SHA-256 of the files that the trainer reads beside the data."""


def read_job(custom_config: Mapping[str, Any]) -> Job:
    """Read a job from the `custom_config` of TFX's Trainer.

    Raises:
        UsageError: If a field is missing, unknown or of another type.
    """
    return read_record(Job, custom_config, "custom_config")


def checkpoint_folder(model_key: str) -> Path:
    """Return the folder of the checkpoints of a training.

    Args:
        model_key: Hash of everything that determines the model.
    """
    return state_dir() / "checkpoints" / model_key
