# SPDX-License-Identifier: Apache-2.0
"""provenance.json: what a model was made of, beside the model it belongs to."""

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from components.model_store.published import PROVENANCE_FILE
from components.trainer.job import Job

LIBRARIES: Final = ("tensorflow", "keras", "tfx", "tensorflow-transform", "numpy")

# Of the code; DVC's own records change with every stage it finishes.
CHANGES: Final = (
    *("status", "--porcelain", "--untracked-files=no", "--"),
    *(":/", ":/!dvc.lock", ":/!metrics"),
)
# Set where the code runs outside of its repository, as in a container.
COMMIT_VARIABLE: Final = "PRODL_GIT_COMMIT"


@dataclass(frozen=True)
class Outcome:
    """What came out of a training.

    Attributes:
        num_parameters: Weights of the model, those that are not trained included.
        epochs: Epochs trained.
        train_seconds: Wall time of all epochs, without validation.
        devices: What it was trained on, for example `1 x cpu`.
        precision: Keras dtype policy it was trained with.
        validation: Metrics of the exported model on the validation split.
        details: What else the family wants to tell, for example a temperature.
    """

    num_parameters: int
    epochs: int
    train_seconds: float
    devices: str
    precision: str
    validation: dict[str, float]
    details: dict[str, Any] = field(default_factory=dict)


def write_provenance(folder: Path, job: Job, params: Any, outcome: Outcome) -> None:
    """Write `provenance.json` into a model's folder.

    Args:
        folder: Folder of the SavedModel.
        job: What was asked for.
        params: The trainer's parameters, defaults included.
        outcome: What came out.
    """
    commit, has_changes = git_state()
    record = {
        **asdict(job),
        "params": asdict(params),
        **asdict(outcome),
        "git": {"commit": commit, "dirty": has_changes},
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }
    text = json.dumps(record, indent=1, sort_keys=True)
    (folder / PROVENANCE_FILE).write_text(text + "\n", encoding="utf-8")


def git_state() -> tuple[str, bool | None]:
    """The commit of the running code and whether files differ from it.

    Outside of a repository, `PRODL_GIT_COMMIT` tells the commit, and nobody knows
    whether files differ: an empty string and None where it is not set either.
    """
    try:
        return _git("rev-parse", "HEAD"), bool(_git(*CHANGES))
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get(COMMIT_VARIABLE, ""), None


def _git(*arguments: str) -> str:
    code = Path(__file__).parent
    completed = subprocess.run(
        ["git", "-C", str(code), *arguments], check=True, capture_output=True, text=True
    )
    return completed.stdout.strip()
