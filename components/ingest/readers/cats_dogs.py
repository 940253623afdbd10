# SPDX-License-Identifier: Apache-2.0
"""Reader of cats and dogs: one archive of JPEGs, as published or packed by a user.

The class is part of the path: a folder (`PetImages/Cat/7.jpg`, `dog/rex.jpg`, `dogs/`)
or, in Kaggle's archive, the start of the file name (`train/cat.7.jpg`). A file without
a class becomes a faulty item, so every file of the archive has a row in the item table.
"""

from pathlib import Path
from typing import Final

from components.ingest.item import Chunk, ImageItem
from components.ingest.readers import photo_archive
from components.ingest.readers.photo_archive import MemberLabels

CLASSES: Final = {"cat": "cat", "cats": "cat", "dog": "dog", "dogs": "dog"}

GROUPS_NEAR_DUPLICATES: Final = True

list_chunks = photo_archive.list_chunks


def check_files(raw_dir: Path) -> None:
    """Check that the archive can be read and has cats or dogs; else DataRefused."""
    layout = "PetImages/Cat/7.jpg or dog/rex.jpg"
    photo_archive.check_archive(raw_dir, parse_member_path, layout)


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[ImageItem]:
    """Read one chunk; a faulty item is marked, never an error."""
    return photo_archive.read_chunk(raw_dir, chunk, parse_member_path)


def parse_member_path(path: str) -> MemberLabels:
    """Read the class from the path of a member of the archive.

    Args:
        path: Its path in the archive.

    Example:
        >>> parse_member_path("PetImages/Cat/7.jpg").label
        'cat'
    """
    *folders, file = path.lower().split("/")
    words = [*reversed(folders), file.partition(".")[0]]
    label = next((CLASSES[word] for word in words if word in CLASSES), "")
    return MemberLabels(label=label)
