# SPDX-License-Identifier: Apache-2.0
"""Packing of the files of the cervix competition into one archive.

Kaggle's download is one zip that holds folders or 7z files; users also keep these
unpacked. A solid 7z has no random access, and JPEGs need no further compression. Hence
everything is unpacked once, one file at a time through memory, into the archive that
DVC versions. data/cervix/source.yaml names `pack_competition` as its packer.
"""

import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from components.core.errors import DataNotObtainable, DataRefused
from components.core.shortening import shorten
from components.ingest.formats.archives import MAX_BYTES
from components.ingest.formats.bounded_zip import (
    open_zip,
    packed_too_tightly,
    read_blocks,
)
from components.ingest.formats.damage import is_damage
from components.ingest.formats.packing import PACKED, Packer, walk
from components.ingest.formats.seven_zip import (
    NeedsPassword,
    SevenZipMember,
    unpack_7z,
)
from components.ingest.readers.cervix import SOLUTIONS, TYPES

UNLABELLED: Final = "no solution table names their classes"
TOO_LARGE: Final = "larger than any photograph"
TOO_TIGHT: Final = "packed too tightly for photographs"


def pack_competition(source: Path, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Make one archive of the competition's files.

    Args:
        source: A folder with zip, 7z or picture files, or one such archive.
        folder: Folder of the new archive, and of scratch files meanwhile.

    Returns:
        The archive, and the reasons for files left out, each with their number.

    Raises:
        DataNotObtainable: There is no picture of the training set.
        DataRefused: An archive is damaged, or compressed in an unsupported way.
    """
    paths = list(walk(source)) if source.is_dir() else [source]
    root = source if source.is_dir() else source.parent
    tables = {path.name for path in paths if path.name in SOLUTIONS.values()}
    for path in paths:
        tables |= _solution_tables_inside(path)
    target = folder / PACKED
    with Packer(target) as packer:
        repacker = _Repacker(packer, tables, folder)
        for path in paths:
            repacker.add_path(path, path.relative_to(root).as_posix())
        _require_training_set(packer.names, paths)
    return target, repacker.left_out


def packed_path(path: str) -> str:
    """Return the path of a competition file in our archive; "" for an unknown file.

    Args:
        path: Its path; archives around it count as folders.

    Example:
        >>> packed_path("additional_Type_1_v2.7z/Type_1/17.jpg")
        'additional/Type_1/17.jpg'
    """
    *folders, file = PurePosixPath(path).parts
    if file in SOLUTIONS.values():
        return file
    stems = [folder.lower().partition(".")[0] for folder in folders]
    kind = next((folder for folder in reversed(folders) if folder in TYPES), "")
    if kind and any(stem.startswith("additional") for stem in stems):
        return f"additional/{kind}/{file}"
    if kind and "train" in stems:
        return f"train/{kind}/{file}"
    for test in ("test_stg2", "test"):
        if test in stems:
            return f"{test}/{file}"
    return ""


def _require_training_set(names: set[str], paths: list[Path]) -> None:
    if not any(name.startswith("train/") for name in names):
        raise DataNotObtainable(
            "cervix: there is no picture of the training set in what was given.\n"
            "Expected train.7z, or train/Type_1/0.jpg, or Kaggle's zip with them.\n"
            f"Received {', '.join(p.name for p in paths[:5]) or 'an empty folder'}."
        )


class _Repacker:
    """Adds files and the members of archives to a packer; counts those left out."""

    def __init__(self, packer: Packer, tables: set[str], scratch: Path) -> None:
        self._packer = packer
        self._tables = tables
        self._scratch = scratch
        self._left_out: Counter[str] = Counter()

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(f"{n:,} files: {why}" for why, n in sorted(self._left_out.items()))

    def add_path(self, path: Path, name: str) -> None:
        if path.suffix == ".zip" and path.is_file():
            with _open_zip(path) as container:
                self._add_zip(container, name)
        elif path.suffix == ".7z" and path.is_file():
            self._add_7z(path, name)
        elif path.is_symlink() or not path.is_file():
            # Reading something else than a file, like a pipe, might never end.
            if target := self._target(name):
                self._packer.add_link(target)
        elif path.stat().st_size > MAX_BYTES:
            self._left_out[TOO_LARGE] += 1
        elif target := self._target(name):
            self._packer.add(target, path.read_bytes())

    def _add_zip(self, zipped: zipfile.ZipFile, name: str) -> None:
        for info in zipped.infolist():
            inside = f"{name}/{info.filename}"
            if info.filename.endswith("/"):
                continue
            if packed_too_tightly(info):
                self._left_out[TOO_TIGHT] += 1
            elif info.filename.endswith(".7z"):
                self._add_zipped_7z(zipped, info, inside)
            elif info.file_size > MAX_BYTES:
                self._left_out[TOO_LARGE] += 1
            elif target := self._target(inside):
                self._packer.add(target, b"".join(read_blocks(zipped, info)))

    def _add_zipped_7z(
        self, zipped: zipfile.ZipFile, info: zipfile.ZipInfo, name: str
    ) -> None:
        unpacked = self._scratch / "unpacked.7z"
        try:
            with unpacked.open("wb") as target:
                target.writelines(read_blocks(zipped, info))
            self._add_7z(unpacked, name)
        finally:
            unpacked.unlink(missing_ok=True)

    def _add_7z(self, path: Path, name: str) -> None:
        def choose(members: list[SevenZipMember]) -> dict[int, str]:
            return dict(self._targets_7z(members, name))

        try:
            for target, content in unpack_7z(path, name, choose):
                self._packer.add(target, content)
        except NeedsPassword:
            file = PurePosixPath(name).name
            self._left_out[f"{file} needs a password; unpack it first"] += 1

    def _targets_7z(
        self, members: list[SevenZipMember], name: str
    ) -> Iterator[tuple[int, str]]:
        for position, member in enumerate(members):
            if member.size > MAX_BYTES:
                self._left_out[TOO_LARGE] += 1
            elif target := self._target(f"{name}/{member.name}"):
                self._packer.names.add(target)
                yield position, target

    def _target(self, name: str) -> str:
        """Path in our archive, "" for a file that is left out and counted."""
        target = packed_path(name)
        folder = target.partition("/")[0]
        if not target:
            self._left_out["in no folder of the competition"] += 1
        elif folder in SOLUTIONS and SOLUTIONS[folder] not in self._tables:
            self._left_out[f"{folder}, {UNLABELLED}"] += 1
        elif target in self._packer.names:
            self._left_out["there twice"] += 1
        else:
            return target
        return ""


def _solution_tables_inside(path: Path) -> set[str]:
    """Solution tables in a zip; the competition's 7z files have none."""
    if path.suffix != ".zip" or not path.is_file():
        return set()
    with _open_zip(path) as container:
        names = {PurePosixPath(name).name for name in container.namelist()}
    return names & set(SOLUTIONS.values())


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_zip(path) as container:
            yield container
    except DataRefused:
        raise
    except RuntimeError as error:
        # It has a password, or a newer version of the format.
        raise DataRefused(
            f"{path.name} cannot be unpacked: {shorten(str(error))}.\n"
            "Expected a zip without password, packed by one of the usual methods.\n"
            "Unpack it with the program that packed it, then give the folder."
        ) from error
    except Exception as error:
        if not is_damage(error):
            raise
        raise DataRefused(
            f"{path.name} is damaged: {shorten(str(error))}.\n"
            "Expected a whole zip. Fetch it again."
        ) from None
