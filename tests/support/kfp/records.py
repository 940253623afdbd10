# SPDX-License-Identifier: Apache-2.0
"""Write what KFP's programs said for a compiled file to tests/records/kfp.

The README there says what a record holds. Pools change the Pods of a run and nothing
else: only the record of one pool has the ExecutorInputs and the answers of the steps. A
file that equals that of the first release is a link to it.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.core.errors import ProdlError

FOLDER: Final = Path(__file__).parents[2] / "records" / "kfp"
FIRST_VERSION: Final = "2.16.1"
WHOLE_POOL: Final = "cpu"
PODS: Final = "pod_spec_patch"

Steps = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class RecordName:
    """Which record."""

    version: str
    """Release of KFP."""

    recipe: str
    """Recipe of the tests' small project."""

    pool: str
    """Pool that it was compiled for."""

    @property
    def whole(self) -> "RecordName":
        """The record of the same run that is kept whole."""
        return RecordName(self.version, self.recipe, WHOLE_POOL)

    def path(self, suffix: str) -> Path:
        """A file of the record."""
        return FOLDER / self.version / f"{self.recipe}-{self.pool}{suffix}"

    def __str__(self) -> str:
        return f"{self.version}/{self.recipe}-{self.pool}"


def read_file(name: RecordName, suffix: str) -> str:
    """Text of a file of a record.

    Raises:
        ProdlError: If it was not recorded.
    """
    path = name.path(suffix)
    if not path.exists():
        raise ProdlError(f"{path} is not there: record {name} first.")
    return path.read_text()


def read_steps(name: RecordName) -> Steps:
    """Steps of a record.

    Raises:
        ProdlError: If it was not recorded.
    """
    steps: Steps = json.loads(read_file(name, ".json"))
    return steps


def write_record(name: RecordName, specification: str, steps: Steps) -> None:
    """Write a record.

    Args:
        name: Its name.
        specification: Text of the compiled file.
        steps: What was said, of all steps.

    Raises:
        ProdlError: If another pool changed more than Pods.
    """
    kept = steps
    if name != name.whole:
        _refuse_other_inputs(name, steps)
        kept = {task: {PODS: step[PODS]} for task, step in steps.items()}
    text = json.dumps(kept, indent=1, sort_keys=True) + "\n"
    write_file(name, ".json", text)
    write_file(name, ".yaml", specification)


def write_file(name: RecordName, suffix: str, text: str) -> None:
    """Write a file of a record, or link it to the same one of the first release."""
    path = name.path(suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    first = RecordName(FIRST_VERSION, name.recipe, name.pool).path(suffix)
    if first != path and first.exists() and first.read_text() == text:
        path.symlink_to(os.path.relpath(first, path.parent))
    else:
        path.write_text(text)


def _refuse_other_inputs(name: RecordName, steps: Steps) -> None:
    whole = read_steps(name.whole)
    for task, step in steps.items():
        for part in ("executor_input", "executor_output"):
            if step[part] != whole[task][part]:
                raise ProdlError(
                    f"{name}, {task}: its {part} is not that of {name.whole}; what the "
                    "pool changes beside Pods has no place in its record."
                )
