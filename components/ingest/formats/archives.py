# SPDX-License-Identifier: Apache-2.0
"""Look into a zip or tar file and read single members, without unpacking anything.

No path of an archive ever becomes a path on disk, so a malicious name can do no harm
here; such a member is marked all the same, as somebody else may unpack the archive.
"""

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

from components.core.errors import DataRefused

SUFFIXES: Final = (".zip", ".tar")
# A photograph with more bytes is none that any camera here has made.
MAX_BYTES: Final = 64 << 20
# JPEGs hardly shrink. What shrinks more than this is there to fill a memory.
MAX_RATIO: Final = 100
RATIO_COUNTS_FROM: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive.

    Attributes:
        name: Its path in the archive, made printable; differs from all others.
        size: Bytes when unpacked.
        position: Where to find it: index in a zip, offset of the data in a tar.
        fault: Why it must not be read, "" for an ordinary file.
    """

    name: str
    size: int
    position: int
    fault: str = ""


class DamagedMember(Exception):
    """A member that cannot be read as the archive describes it."""


def find_archive(folder: Path) -> Path:
    """The one archive of a folder of raw files.

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
    """All files of an archive in the order of their names; folders are left out.

    Args:
        archive: A zip, or a tar that is not compressed.

    Raises:
        DataRefused: It is no such archive, or its directory is damaged.
    """
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
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise DamagedMember(str(error)) from None
    except (RuntimeError, ValueError) as error:
        raise DamagedMember(f"packed in an unknown way, {error}") from None
    if len(content) != member.size:
        raise DamagedMember(f"{len(content):,} of {member.size:,} bytes are there")
    return content


def read_named(archive: Path, name: str) -> bytes | None:
    """The content of a member by its name, None where there is none.

    Raises:
        DataRefused: It is there but cannot be read.
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


class StrictHeader(tarfile.TarInfo):
    """For `tarfile.open`: a damaged or missing header is an error.

    By itself `tarfile` takes it for the end, and all files behind it are passed over.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header; only the mark at the end of an archive ends it."""
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"a header in it is damaged, {error}") from None


class _Zip:
    """A zip that stays open: its directory of all members is read once a process."""

    def __init__(self, archive: Path) -> None:
        self._file = zipfile.ZipFile(archive)
        self._infos = self._file.infolist()

    def members(self) -> Iterator[Member]:
        for position, info in enumerate(self._infos):
            if not info.is_dir():
                fault = _zip_fault(info)
                yield Member(info.orig_filename, info.file_size, position, fault)

    def read(self, member: Member) -> bytes:
        with self._file.open(self._infos[member.position]) as stream:
            return stream.read(member.size)


class _Tar:
    """A tar that stays open: finding the members means reading every header."""

    def __init__(self, archive: Path) -> None:
        self._stream = archive.open("rb")
        self._archive = archive

    def members(self) -> Iterator[Member]:
        with tarfile.open(self._archive, "r:", tarinfo=StrictHeader) as container:
            for info in container:
                if not info.isdir():
                    fault = _tar_fault(info)
                    yield Member(info.name, info.size, info.offset_data, fault)

    def read(self, member: Member) -> bytes:
        # Without a file position that threads would share.
        return os.pread(self._stream.fileno(), member.size, member.position)


# One archive is at work at a time; what was open before is closed with its object.
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
        found = list(_OPENERS[archive.suffix](archive, size, changed).members())
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        RuntimeError,  # a zip of a version that is not known here
        ValueError,
    ) as error:
        raise DataRefused(
            f"{archive} cannot be read: {error}.\nExpected a whole "
            f"{archive.suffix[1:]} file. Move it away and fetch it again."
        ) from None
    return tuple(sorted(_distinct(map(_judged, found)), key=lambda m: m.name))


def _judged(member: Member) -> Member:
    fault = member.fault or _name_fault(member.name)
    if not fault and member.size > MAX_BYTES:
        fault = f"too many bytes: {member.size:,}"
    return replace(member, name=printable(member.name), fault=fault)


def _distinct(members: Iterable[Member]) -> Iterator[Member]:
    """Archives may hold a name twice; the later ones get a number."""
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
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size >= RATIO_COUNTS_FROM and ratio > MAX_RATIO:
        return f"packed too tightly: 1 to {ratio:,.0f}"
    return ""


def _tar_fault(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "link in the archive"
    return "" if info.isreg() and not info.issparse() else "no ordinary file"


def _name_fault(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    leads_outside = name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
    if leads_outside or "\\" in name or not name.isprintable():
        return "unsafe name in the archive"
    return ""


def printable(name: str) -> str:
    """A name with all that cannot be shown, or is not UTF-8, as an escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
