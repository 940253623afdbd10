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

import numpy as np
from numpy.typing import NDArray

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
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}


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
        (path / name).write_bytes(content)
    if arrays:
        np.savez_compressed(path / ARRAYS_FILE, allow_pickle=False, **arrays)
    record = {"renderer": renderer, "facts": dict(facts)}
    # Unsorted: the order of facts is the order on the page.
    text = json.dumps(record, indent=1)
    # Last: a folder with a record is complete.
    (path / RECORD_FILE).write_text(text + "\n", encoding="utf-8")


def read_step_data(folder: str | Path) -> StepData:
    """Read the data of a section; the arrays only when they are asked for.

    Args:
        folder: Folder of the artifact.

    Raises:
        FileNotFoundError: If the step left no record there.
    """
    path = Path(folder)
    record = json.loads((path / RECORD_FILE).read_text(encoding="utf-8"))
    return StepData(record["renderer"], record["facts"], path)
