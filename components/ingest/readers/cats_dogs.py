# SPDX-License-Identifier: Apache-2.0
"""Reader of cats and dogs: one archive of JPEGs, as published or as a user packed it.

The class stands in the path: a folder (`PetImages/Cat/7.jpg`, `dog/rex.jpg`, `dogs/`)
or, as Kaggle has it, the start of the file's name (`train/cat.7.jpg`). What has neither
becomes a faulty item: nothing in the archive is passed over.
"""

from pathlib import Path
from typing import Final

from components.ingest.item import Chunk, Item
from components.ingest.readers import photo_archive as albums
from components.ingest.readers.photo_archive import Place

CLASSES: Final = {"cat": "cat", "cats": "cat", "dog": "dog", "dogs": "dog"}

GROUPS_LOOKALIKES: Final = True

list_chunks = albums.list_chunks


def check_files(raw_dir: Path) -> None:
    """Check that the archive can be read and holds cats or dogs; else DataRefused."""
    albums.check_archive(raw_dir, find_place, "PetImages/Cat/7.jpg or dog/rex.jpg")


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[Item]:
    """Read one portion; a faulty item is marked, never an error."""
    return albums.read_chunk(raw_dir, chunk, find_place)


def find_place(name: str) -> Place:
    """Where a member of the archive belongs.

    Args:
        name: Its path in the archive.

    Example:
        >>> find_place("PetImages/Cat/7.jpg").label
        'cat'
    """
    *folders, file = name.lower().split("/")
    words = [*reversed(folders), file.partition(".")[0]]
    return Place(label=next((CLASSES[word] for word in words if word in CLASSES), ""))
