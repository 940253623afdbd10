# SPDX-License-Identifier: Apache-2.0
"""The files of MovieLens-100k: `u.data`, `u.item` and the test sets of five folds.

They have no header: a rating is user, film, rating and seconds since 1970, separated by
tabulators; a film is its number, its title and more, in Latin-1, separated by bars.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.errors import DataRefused
from components.ingest.formats.archives import (
    SUFFIXES,
    find_archive,
    list_members,
    read_member,
)

RATINGS: Final = "u.data"
FILMS: Final = "u.item"
_FOLDS: Final = tuple(f"u{number}.test" for number in range(1, 6))
NAMES: Final = (RATINGS, FILMS, *_FOLDS)
# The files have 2 MB together.
MAX_BYTES: Final = 64 << 20
_NUM_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class RatingLine:
    """One line of `u.data`."""

    fields: tuple[str, ...]
    """User, film, rating and time, as they are written."""

    fold: str
    """`fold_3` for one of the test set of the third fold; "" for none."""


def has_movielens(raw_dir: Path) -> bool:
    """Whether a folder holds the files of MovieLens-100k, as they are or in an archive.

    Args:
        raw_dir: Folder of the raw files.
    """
    if (raw_dir / RATINGS).is_file():
        return True
    archives = [path for path in raw_dir.iterdir() if path.suffix in SUFFIXES]
    return len(archives) == 1 and RATINGS in _members(archives[0])


def read_lines(raw_dir: Path) -> list[RatingLine]:
    """Read all ratings in the order of the file.

    Args:
        raw_dir: Folder of the raw files.

    Raises:
        DataRefused: There is no `u.data`, or it is too large.
    """
    folds: dict[tuple[str, ...], str] = {}
    for number, name in enumerate(_FOLDS, 1):
        for fields in _fields(raw_dir, name):
            folds[fields[:2]] = f"fold_{number}"
    return [
        RatingLine(fields, folds.get(fields[:2], ""))
        for fields in _fields(raw_dir, RATINGS)
    ]


def read_titles(raw_dir: Path) -> Mapping[str, str]:
    """Read the titles: number of a film -> title; empty without `u.item`."""
    titles = {}
    for line in _text(raw_dir, FILMS).split("\n"):
        number, bar, rest = line.partition("|")
        if bar:
            titles[number.strip()] = rest.partition("|")[0].strip()
    return titles


def _fields(raw_dir: Path, name: str) -> Iterator[tuple[str, ...]]:
    for line in _text(raw_dir, name).split("\n"):
        if line.strip():
            yield tuple(re.split(r"[\t ]+", line.strip()))[:_NUM_FIELDS]


def _text(raw_dir: Path, name: str) -> str:
    path = raw_dir / name
    if path.is_file():
        _refuse_large(path, path.stat().st_size)
        return path.read_bytes().decode("latin-1")
    if not any(file.suffix in SUFFIXES for file in raw_dir.iterdir()):
        return ""
    archive = find_archive(raw_dir)
    member = _members(archive).get(name)
    if not member:
        return ""
    found = next(m for m in list_members(archive) if m.name == member)
    if found.fault:
        raise DataRefused(f"{archive}: {member} cannot be read: {found.fault}.")
    _refuse_large(archive, found.size)
    return read_member(archive, found).decode("latin-1")


def _members(archive: Path) -> dict[str, str]:
    """Name of a file -> its path in the archive; the first one of each name."""
    found: dict[str, str] = {}
    for member in list_members(archive):
        found.setdefault(member.name.rpartition("/")[2], member.name)
    return found


def _refuse_large(path: Path, size: int) -> None:
    if size > MAX_BYTES:
        raise DataRefused(
            f"{path}: expected files of MovieLens-100k, at most {MAX_BYTES:,} bytes "
            f"each.\nReceived {size:,}."
        )
