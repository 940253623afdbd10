# SPDX-License-Identifier: Apache-2.0
"""Corrections: known errors of single files of a data set, from its source list.

Acquire writes them beside the raw files, so that the reader can apply them and a change
runs Ingest again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from components.contracts.damaged_outputs import output_remedy
from components.core.json_files import read_json_record, write_json

FILE: Final = "corrections.json"


@dataclass(frozen=True)
class Corrections:
    """Known errors by path without extension.

    Folders between the first folder and the file may be left out of a path: `train/80`
    also matches `train/Type_2/80.jpg`.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    """Path -> correct class."""

    broken: Mapping[str, str] = field(default_factory=dict)
    """Path -> what is wrong with the file."""

    def label(self, name: str) -> str:
        """The corrected class of a file, "" if there is no correction."""
        return _look_up(self.labels, name)

    def broken_file(self, name: str) -> str:
        """What is wrong with a file, "" if nothing is known."""
        return _look_up(self.broken, name)


def write_corrections(corrections: Corrections, raw_dir: Path) -> None:
    """Write the corrections beside the raw files; no file if there are none."""
    if corrections == Corrections():
        return
    write_json(raw_dir / FILE, asdict(corrections))


def read_corrections(raw_dir: Path) -> Corrections:
    """Read what `write_corrections` wrote; without a file there are no corrections."""
    path = raw_dir / FILE
    if not path.exists():
        return Corrections()
    return read_json_record(Corrections, path, output_remedy(raw_dir))


def _look_up(facts: Mapping[str, str], name: str) -> str:
    stem = name.rpartition(".")[0] or name
    first, _, rest = stem.partition("/")
    return facts.get(stem) or facts.get(f"{first}/{rest.rpartition('/')[2]}", "")
