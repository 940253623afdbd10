# SPDX-License-Identifier: Apache-2.0
"""Pack the files of the cervix competition, however they lie, into one archive.

Kaggle hands out one zip; inside are folders or 7z files, and people keep them unpacked
as well. A solid 7z has no random access and its pictures need no compression: so they
are unpacked once, file by file through memory, into the archive that DVC versions.
"""

import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from components.core.errors import DataNotObtainable, DataRefused
from components.ingest.formats.archives import MAX_BYTES
from components.ingest.formats.packing import PACKED, Packer, walk
from components.ingest.readers.cervix import SOLUTIONS, TYPES

UNLABELLED: Final = "no solution table names their classes"
TOO_LARGE: Final = "larger than any photograph"
# What decoders raise where damage comes before the checksum that would show it.
_DECODER_ERRORS: Final = (lzma.LZMAError, zlib.error, EOFError)


def pack_competition(source: Path, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Make one archive of the competition's files.

    Args:
        source: A folder with zip, 7z or picture files in it, or one such archive.
        folder: Where the archive goes; scratch files lie there meanwhile.

    Returns:
        The archive, and what was left out, each with reason and number.

    Raises:
        DataNotObtainable: No picture of the training set is there.
        DataRefused: An archive is damaged, or packed in a way that is not known here.
    """
    paths = list(walk(source)) if source.is_dir() else [source]
    root = source if source.is_dir() else source.parent
    tables = {path.name for path in paths if path.name in SOLUTIONS.values()}
    for path in paths:
        tables |= _tables_inside(path)
    packing = _Packing(tables, folder)
    target = folder / PACKED
    with Packer(target) as packer:
        for path in paths:
            packing.take(packer, path, path.relative_to(root).as_posix())
        _require_training_set(packer.names, paths)
    return target, packing.left_out


def place_in_archive(path: str) -> str:
    """Where a file of the competition goes in our archive; "" for one we do not know.

    Args:
        path: Its path, the names of the archives around it being folders.

    Example:
        >>> place_in_archive("additional_Type_1_v2.7z/Type_1/17.jpg")
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


class _Packing:
    """Takes file after file, archives in archives included, and counts the rest."""

    def __init__(self, tables: set[str], scratch: Path) -> None:
        self._tables = tables
        self._scratch = scratch
        self._left_out: Counter[str] = Counter()

    @property
    def left_out(self) -> tuple[str, ...]:
        return tuple(f"{n:,} files: {why}" for why, n in sorted(self._left_out.items()))

    def take(self, packer: Packer, path: Path, name: str) -> None:
        if path.suffix == ".zip" and path.is_file():
            with _opened_zip(path) as container:
                self._take_zip(packer, container, name)
        elif path.suffix == ".7z" and path.is_file():
            self._take_7z(packer, path, name)
        elif path.is_symlink() or not path.is_file():
            # Reading what is neither file nor link, like a pipe, might never end.
            if place := self._place(packer, name):
                packer.add_link(place)
        elif path.stat().st_size > MAX_BYTES:
            self._left_out[TOO_LARGE] += 1
        elif place := self._place(packer, name):
            packer.add(place, path.read_bytes())

    def _take_zip(self, packer: Packer, zipped: zipfile.ZipFile, name: str) -> None:
        for info in zipped.infolist():
            inside = f"{name}/{info.filename}"
            if info.is_dir():
                continue
            if info.filename.endswith(".7z"):
                self._take_zipped_7z(packer, zipped, info, inside)
            elif info.file_size > MAX_BYTES:
                self._left_out[TOO_LARGE] += 1
            elif place := self._place(packer, inside):
                packer.add(place, zipped.read(info))

    def _take_zipped_7z(
        self, packer: Packer, zipped: zipfile.ZipFile, info: zipfile.ZipInfo, name: str
    ) -> None:
        unpacked = self._scratch / PurePosixPath(info.filename).name
        try:
            with zipped.open(info) as stream, unpacked.open("wb") as target:
                _copy_blocks(stream, target)
            self._take_7z(packer, unpacked, name)
        finally:
            unpacked.unlink(missing_ok=True)

    def _take_7z(self, packer: Packer, path: Path, name: str) -> None:
        import py7zr

        # As an open file, because for a path several threads would unpack at once.
        with path.open("rb") as stream:
            try:
                with py7zr.SevenZipFile(stream) as archive:
                    places = dict(self._places_7z(packer, archive, name))
                    if places:
                        writers = _writers(packer, places)
                        archive.extract(targets=list(places), factory=writers)
            except py7zr.PasswordRequired:
                self._left_out[f"{path.name} needs a password; unpack it first"] += 1
            except (py7zr.exceptions.ArchiveError, *_DECODER_ERRORS) as error:
                raise DataRefused(f"{name} is damaged: {error}.") from None

    def _places_7z(
        self, packer: Packer, archive: Any, name: str
    ) -> Iterator[tuple[str, str]]:
        for info in archive.list():
            if info.is_directory:
                continue
            if info.uncompressed > MAX_BYTES:
                self._left_out[TOO_LARGE] += 1
            elif place := self._place(packer, f"{name}/{info.filename}"):
                packer.names.add(place)
                yield info.filename, place

    def _place(self, packer: Packer, name: str) -> str:
        place = place_in_archive(name)
        folder = place.partition("/")[0]
        if not place:
            self._left_out["in no folder of the competition"] += 1
        elif folder in SOLUTIONS and SOLUTIONS[folder] not in self._tables:
            self._left_out[f"{folder}, {UNLABELLED}"] += 1
        elif place in packer.names:
            self._left_out["there twice"] += 1
        else:
            return place
        return ""


def _writers(packer: Packer, places: dict[str, str]) -> Any:
    from py7zr.io import Py7zIO, WriterFactory

    class Writer(Py7zIO):
        """Holds one file in memory until it is whole, then hands it to the packer."""

        def __init__(self, place: str) -> None:
            self._place = place
            self._content = bytearray()
            self._is_done = False

        def write(self, s: bytes | bytearray) -> int:
            self._content += s
            return len(s)

        def close(self) -> None:
            if not self._is_done:
                self._is_done = True
                packer.add(self._place, bytes(self._content))
                self._content = bytearray()

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return len(self._content)

    class Writers(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Writer(places[filename])

    return Writers()


def _tables_inside(path: Path) -> set[str]:
    """The solution tables that a zip holds; in a 7z there are none."""
    if path.suffix != ".zip" or not path.is_file():
        return set()
    with _opened_zip(path) as container:
        names = {PurePosixPath(name).name for name in container.namelist()}
    return names & set(SOLUTIONS.values())


@contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as container:
            yield container
    except (zipfile.BadZipFile, *_DECODER_ERRORS) as error:
        raise DataRefused(f"{path.name} is damaged: {error}.") from None
    except RuntimeError as error:
        # A password is missing, or what packed it is newer than what unpacks it.
        raise DataRefused(
            f"{path.name} cannot be unpacked: {error}.\n"
            "Expected a zip without password, packed by one of the usual methods.\n"
            "Unpack it with the program that packed it, then give the folder."
        ) from error


def _copy_blocks(source: IO[bytes], target: IO[bytes]) -> None:
    while block := source.read(1 << 20):
        target.write(block)
