# SPDX-License-Identifier: Apache-2.0
"""Reading of single members of a zip or tar file, without unpacking it.

No path of an archive becomes a path on disk, so a malicious path does no harm here.
Such a member is marked as faulty, because other programs may unpack the archive.
"""

import os
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from tarfile import TarInfo
from typing import Any, Final

from components.core.errors import DataRefused
from components.core.files import require_regular_file
from components.core.shortening import printable, shorten
from components.ingest.formats.bounded_zip import (
    open_zip,
    packed_too_tightly,
    read_blocks,
)
from components.ingest.formats.damage import is_damage
from components.ingest.formats.tar import open_tar

SUFFIXES: Final = (".zip", ".tar")
# No camera makes a photograph with more bytes.
MAX_BYTES: Final = 64 << 20
# A reader holds the names of all members in memory.
MAX_MEMBERS: Final = 100_000
MAX_NAME: Final = 1000


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive."""

    name: str
    """Its path in the archive, printable and unique."""

    size: int
    """Bytes when unpacked."""

    position: int
    """Index in a zip, offset of the data in a tar."""

    fault: str = ""
    """Why it must not be read, "" for an ordinary file."""


class DamagedMember(Exception):
    """A member that cannot be read as the archive describes it."""


def find_archive(folder: Path) -> Path:
    """Return the only archive in a folder of raw files.

    Raises:
        DataRefused: There is none, or more than one.
    """
    found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise DataRefused(
            f"{folder}: expected exactly one archive ({' or '.join(SUFFIXES)}).\n"
            f"Received {names}. Move away what does not belong there."
        )
    return found[0]


def list_members(archive: Path) -> tuple[Member, ...]:
    """List the files of an archive in the order of their names, without folders.

    Args:
        archive: A zip, or an uncompressed tar.

    Raises:
        DataRefused: It is another kind of file, or its directory is damaged.
        UsageError: It is a folder or a pipe.
    """
    require_regular_file(archive)
    status = archive.stat()
    return _list_members(archive, status.st_size, status.st_mtime_ns)


def read_member(archive: Path, member: Member) -> bytes:
    """Read one file of an archive into memory; at most `MAX_BYTES`.

    Args:
        archive: The archive.
        member: One of `list_members` without a fault.

    Raises:
        DamagedMember: Its checksum is wrong, or the archive ends too early.
    """
    status = archive.stat()
    key = (archive, status.st_size, status.st_mtime_ns)
    try:
        content: bytes = _OPENERS[archive.suffix](*key).read(member)
    except (RuntimeError, ValueError) as error:
        reason = f"packed in an unknown way, {shorten(str(error))}"
        raise DamagedMember(reason) from None
    except Exception as error:
        # Decoders raise any exception for damaged bytes.
        raise DamagedMember(shorten(str(error) or type(error).__name__)) from None
    if len(content) != member.size:
        raise DamagedMember(f"{len(content):,} of {member.size:,} bytes are there")
    return content


def read_named(archive: Path, name: str) -> bytes | None:
    """Read a member by its name; None if there is none.

    Raises:
        DataRefused: The member cannot be read.
    """
    member = next((m for m in list_members(archive) if m.name == name), None)
    if member is None:
        return None
    try:
        if not member.fault:
            return read_member(archive, member)
        reason = member.fault
    except DamagedMember as error:
        reason = str(error)
    raise DataRefused(f"{archive}: {name} cannot be read: {reason}.")


class _Zip:
    """An open zip; the directory of its members is read once per process."""

    def __init__(self, archive: Path) -> None:
        self._file = open_zip(archive)
        self._infos = self._file.infolist()

    def members(self) -> Iterator[Member]:
        for position, info in enumerate(self._infos):
            # `is_dir` fails for a member without a name.
            if not info.filename.endswith("/"):
                fault = _zip_fault(info)
                yield Member(info.orig_filename, info.file_size, position, fault)

    def read(self, member: Member) -> bytes:
        return b"".join(read_blocks(self._file, self._infos[member.position]))


class _Tar:
    """An open tar; listing its members reads every header."""

    def __init__(self, archive: Path) -> None:
        self._stream = archive.open("rb")
        self._archive = archive

    def members(self) -> Iterator[Member]:
        with open_tar(self._archive, "r:") as container:
            for info in container:
                if not info.isdir():
                    fault = _tar_fault(info)
                    yield Member(info.name, info.size, info.offset_data, fault)

    def read(self, member: Member) -> bytes:
        # Reads at an offset, so threads share no file position.
        return os.pread(self._stream.fileno(), member.size, member.position)


# One archive is used at a time; the one before is closed with its object.
@lru_cache(maxsize=1)
def _open_zip(archive: Path, size: int, changed: int) -> _Zip:
    return _Zip(archive)


@lru_cache(maxsize=1)
def _open_tar(archive: Path, size: int, changed: int) -> _Tar:
    return _Tar(archive)


_OPENERS: Final[dict[str, Any]] = {".zip": _open_zip, ".tar": _open_tar}


@lru_cache(maxsize=1)
def _list_members(archive: Path, size: int, changed: int) -> tuple[Member, ...]:
    try:
        members = _OPENERS[archive.suffix](archive, size, changed).members()
        found = list(islice(members, MAX_MEMBERS + 1))
    except Exception as error:
        if not is_damage(error):
            raise
        reason = shorten(str(error) or type(error).__name__)
        raise DataRefused(
            f"{archive} cannot be read: {reason}.\nExpected a whole "
            f"{archive.suffix[1:]} file. Move it away and fetch it again."
        ) from None
    if len(found) > MAX_MEMBERS:
        raise DataRefused(
            f"{archive} has more files than a data set: more than {MAX_MEMBERS:,}."
        )
    return tuple(sorted(_distinct(map(_with_fault, found)), key=lambda m: m.name))


def _with_fault(member: Member) -> Member:
    fault = member.fault or _name_fault(member.name)
    if not fault and member.size > MAX_BYTES:
        fault = f"too many bytes: {member.size:,}"
    return replace(member, name=printable(member.name[:MAX_NAME]), fault=fault)


def _distinct(members: Iterable[Member]) -> Iterator[Member]:
    """Make names unique: repeated ones get a number, and are faulty."""
    times: dict[str, int] = {}
    for member in members:
        name = member.name
        while name in times:
            times[member.name] += 1
            name = f"{member.name}#{times[member.name]}"
        times[name] = 1
        if name != member.name:
            fault = member.fault or "name occurs twice in the archive"
            member = replace(member, name=name, fault=fault)
        yield member


def _zip_fault(info: zipfile.ZipInfo) -> str:
    if stat.S_ISLNK(info.external_attr >> 16):
        return "link in the archive"
    if info.flag_bits & 0x1:
        return "encrypted in the archive"
    return packed_too_tightly(info)


def _tar_fault(info: TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link in the archive"
    return "" if info.isreg() and not info.issparse() else "no ordinary file"


def _name_fault(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if not name or len(name) > MAX_NAME:
        return "no name, or a longer one than any file has"
    leads_outside = name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
    if leads_outside or "\\" in name or not name.isprintable():
        return "unsafe name in the archive"
    return ""
