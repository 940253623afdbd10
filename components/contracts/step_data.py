# SPDX-License-Identifier: Apache-2.0
"""Data that a step leaves for its section of the report: figures, arrays, files.

Titles, captions, charts and HTML are made from it when a page is written, by the
renderer module that the record names. A step does not import its renderer, so a
reworded caption changes the fingerprint of no step.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from components.contracts.damaged_outputs import output_remedy
from components.core.array_files import read_arrays, write_arrays
from components.core.errors import DamagedFile
from components.core.files import write_text
from components.core.json_files import read_json_object

RECORD_FILE: Final = "step_data.json"
ARRAYS_FILE: Final = "step_data.npz"


@dataclass(frozen=True)
class StepData:
    """What `write_step_data` left in a folder."""

    renderer: str
    """Import path of a module with `render(data: StepData) -> Section`."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """Values that JSON can hold."""

    folder: Path = Path()
    """Where the record, the arrays and further files are."""

    @cached_property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """Arrays by name; empty if the step wrote none."""
        path = self.folder / ARRAYS_FILE
        if not path.exists():
            return {}
        return read_arrays(path, output_remedy(self.folder))


def write_step_data(
    folder: str | Path,
    renderer: str,
    facts: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Write the data of a section into a folder.

    Args:
        folder: Folder of the artifact; made if needed.
        renderer: Import path of the module that makes the section.
        facts: Values that JSON can hold.
        arrays: Name -> array without Python objects. Defaults to none.
        files: Name -> content, for instance of encoded pictures. Defaults to none.

    Raises:
        ValueError: If an array holds Python objects.
    """
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, content in (files or {}).items():
        # Pictures by the hundred: the runner syncs an output as a whole.
        (path / name).write_bytes(content)
    if arrays:
        write_arrays(path / ARRAYS_FILE, arrays, is_compressed=True)
    record = {"renderer": renderer, "facts": dict(facts)}
    # Unsorted: the order of facts is the order on the page.
    text = json.dumps(record, indent=1)
    # Last: a folder with a record is complete.
    write_text(path / RECORD_FILE, text + "\n")


def read_step_data(folder: str | Path) -> StepData:
    """Read the data of a section; the arrays only when they are asked for.

    Args:
        folder: Folder of the artifact.

    Raises:
        FileNotFoundError: If the step left no record there.
        DamagedFile: If the record is not what was written.
    """
    path = Path(folder)
    remedy = output_remedy(path)
    record = read_json_object(path / RECORD_FILE, remedy)
    renderer, facts = record.get("renderer"), record.get("facts")
    if not isinstance(renderer, str) or not isinstance(facts, dict):
        reason = "it names no renderer with its facts"
        raise DamagedFile(path / RECORD_FILE, reason, remedy)
    return StepData(renderer, facts, path)
