# SPDX-License-Identifier: Apache-2.0
"""A project with a few photographs of a user as its cats and dogs.

expect_small_album(project)
give_album(project, files)
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.datasets.photo_archives import record, write_zip
from tests.support.project import Project


def expect_small_album(project: Project) -> None:
    """Choose the variant `own`, with limits that few photographs pass."""
    project.edit_yaml("params.yaml", _own_cats_and_dogs)
    project.edit_yaml("data/cats_dogs/expectations.yaml", _loosen)


def give_album(project: Project, files: Mapping[str, bytes]) -> None:
    """Write path -> content into the archive of the project's cats and dogs."""
    folder = album_folder(project)
    write_zip(folder / "photographs.zip", files)
    record(folder)


def album_folder(project: Project) -> Path:
    """Return the folder of the archive."""
    return project.root / "data" / "raw" / "cats_dogs" / "own"


def _own_cats_and_dogs(params: Any) -> None:
    params["datasets"]["cats_dogs"] = {
        "variant": "own",
        "validation_share": 0.25,
        "test_share": 0.25,
        "split_salt": "tests",
    }


def _loosen(settings: Any) -> None:
    expectations = settings["items"]["expectations"]
    expectations["row_counts"]["splits"] = {"train": [40, 200], "test": [10, 200]}
    expectations["every_class_present"]["min_items"] = 5
    expectations["class_balance"]["max_ratio"] = 5.0
    expectations["faults_are_rare"]["max_shares"].update(
        {"empty file": 0.01, "truncated": 0.01}
    )
    for feature in settings["distributions"]["features"].values():
        feature["threshold"] = 0.6
