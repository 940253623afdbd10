# SPDX-License-Identifier: Apache-2.0
"""What is known to be wrong with single files of a data set, as its source list says.

Acquire lays it beside the raw files, so a reader sees it and a change re-runs Ingest.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

FILE: Final = "corrections.json"


@dataclass(frozen=True)
class Corrections:
    """Facts about single files, by path without extension.

    A path may leave out what stands between first folder and file: `train/80` is
    `train/Type_2/80.jpg` as well.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    """Path -> the class it should have."""

    broken: Mapping[str, str] = field(default_factory=dict)
    """Path -> what is wrong with the file."""

    def label(self, name: str) -> str:
        """The class a file should have, "" where its own stands."""
        return _look_up(self.labels, name)

    def broken_file(self, name: str) -> str:
        """What is wrong with a file, "" where nothing is known."""
        return _look_up(self.broken, name)


def write_corrections(corrections: Corrections, raw_dir: Path) -> None:
    """Lay the corrections of a source list beside the raw files, if it has any."""
    if corrections == Corrections():
        return
    text = json.dumps(asdict(corrections), indent=1, sort_keys=True)
    (raw_dir / FILE).write_text(text + "\n", encoding="utf-8")


def read_corrections(raw_dir: Path) -> Corrections:
    """Read back what `write_corrections` left; nothing to correct without it."""
    path = raw_dir / FILE
    if not path.exists():
        return Corrections()
    return Corrections(**json.loads(path.read_text(encoding="utf-8")))


def _look_up(facts: Mapping[str, str], name: str) -> str:
    stem = name.rpartition(".")[0] or name
    first, _, rest = stem.partition("/")
    return facts.get(stem) or facts.get(f"{first}/{rest.rpartition('/')[2]}", "")
