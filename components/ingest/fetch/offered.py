# SPDX-License-Identifier: Apache-2.0
"""The files that a user offers: those of a folder, of an archive, or a single one."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from components.core.errors import DataNotObtainable, DataRefused, UsageError
from components.core.files import require_regular_file
from components.core.shortening import printable
from components.ingest.formats.archives import (
    MAX_MEMBERS,
    DamagedMember,
    Member,
    list_members,
    read_member,
)
from components.ingest.formats.packing import archive_kind, pack

# More than this is asked for: it may be a folder that was meant otherwise.
ASK_ABOVE: Final = 2 << 30
_START: Final = 64
_ARCHIVES: Final = (
    *(".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst"),
    *(".7z", ".rar"),
)


@dataclass(frozen=True)
class Offered:
    """One file that a user offers."""

    name: str
    """Its path below the folder or in the archive, with slashes."""

    size: int
    """Bytes."""

    open: Callable[[], IO[bytes]]
    """Opens it for reading."""

    fault: str = ""
    """Why it cannot be taken, "" for an ordinary file."""

    def start(self) -> bytes:
        """Its first bytes."""
        with self.open() as stream:
            return stream.read(_START)


@dataclass(frozen=True)
class Size:
    """How much a user offers."""

    num_files: int
    """Number of files."""

    num_bytes: int
    """Bytes of all of them."""

    def __str__(self) -> str:
        files = "1 file" if self.num_files == 1 else f"{self.num_files:,} files"
        return f"{files} of together {self.num_bytes / 1e9:,.1f} GB"


def measure(given: Path) -> Size:
    """Count what a folder or file holds, without reading it; hidden files excepted.

    Args:
        given: A folder or a file.

    Raises:
        DataRefused: A folder has more files than a data set: the count stops there.
        UsageError: There is nothing, or no ordinary file.
    """
    if not given.exists():
        raise UsageError(f"--from needs a folder or a file. Received {str(given)!r}.")
    if not given.is_dir():
        require_regular_file(given)
        return Size(1, given.stat().st_size)
    num_files = num_bytes = 0
    for path in _visible(given, on_error=lambda error: None):
        num_files += 1
        num_bytes += path.lstat().st_size
        if num_files > MAX_MEMBERS:
            raise DataRefused(
                f"{given} has more files than a data set: more than "
                f"{MAX_MEMBERS:,}.\nExpected the folder of one data set."
            )
    return Size(num_files, num_bytes)


def require_room(size: Size, folder: Path) -> None:
    """Check that a disk has room for what is offered.

    Args:
        size: How much it is.
        folder: A folder on that disk.

    Raises:
        DataNotObtainable: It has not.
    """
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if size.num_bytes > free:
        raise DataNotObtainable(
            f"the disk of {folder} has {free / 1e9:,.1f} GB left.\n"
            f"Expected room for {size}. Make room, or give fewer files."
        )


def list_offered(given: Path, scratch: Path) -> list[Offered]:
    """List the files of a folder or an archive, or the single file, by name.

    Files that cannot be taken have a fault: links, hidden ones, damaged ones.

    Args:
        given: A folder, zip, tar or compressed tar, or any other file.
        scratch: Folder for a compressed tar, unpacked into an archive of single files.

    Raises:
        DataRefused: An archive is damaged.
    """
    if given.is_dir():
        return list(_list_folder(given))
    require_regular_file(given)
    kind = archive_kind(given)
    if not kind and given.name.lower().endswith(_ARCHIVES):
        raise DataRefused(
            f"{given} cannot be read: it is damaged, or no zip or tar.\n"
            "Give a whole one, or the folder that it unpacks to."
        )
    if not kind:
        return [_offered_path(given, given.name)]
    # Of a name like that `pack` would make a copy alone.
    is_ready = given.suffix == kind
    return list(_list_archive(given if is_ready else pack(given, scratch)))


def _list_folder(folder: Path) -> Iterator[Offered]:
    unreadable: list[Path] = []

    def note(error: OSError) -> None:
        unreadable.append(Path(error.filename))

    for path in sorted(_visible(folder, note)):
        name = path.relative_to(folder).as_posix()
        yield _offered_path(path, name)
    for path in unreadable:
        name = path.relative_to(folder).as_posix()
        yield Offered(name, 0, BytesIO, "folder that cannot be read")


def _offered_path(path: Path, name: str) -> Offered:
    fault = ""
    if path.is_symlink():
        fault = "link"
    elif not path.is_file():
        fault = "no ordinary file"
    elif not os.access(path, os.R_OK):
        fault = "cannot be read: no permission"
    elif printable(name) != name:
        fault = "name that cannot be printed"
    elif name.lower().endswith(_ARCHIVES):
        fault = "archive beside other files: give it alone, or unpacked"
    return Offered(name, path.lstat().st_size, lambda: path.open("rb"), fault)


def _list_archive(archive: Path) -> Iterator[Offered]:
    for member in list_members(archive):

        def read(member: Member = member) -> IO[bytes]:
            try:
                return BytesIO(read_member(archive, member))
            except DamagedMember as error:
                raise DataRefused(
                    f"{member.name} is damaged in the archive: {error}.\n"
                    "Expected a whole archive. Pack it anew."
                ) from None

        is_hidden = any(_is_hidden(part) for part in member.name.split("/"))
        fault = member.fault or ("hidden" if is_hidden else "")
        yield Offered(member.name, member.size, read, fault)


def _visible(folder: Path, on_error: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield files and links below a folder that are not hidden; follow no link."""
    for root, folders, files in os.walk(folder, onerror=on_error):
        links = [name for name in folders if Path(root, name).is_symlink()]
        folders[:] = [name for name in folders if not _is_hidden(name)]
        for name in (*files, *links):
            if not _is_hidden(name):
                yield Path(root, name)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")
