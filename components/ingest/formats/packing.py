# SPDX-License-Identifier: Apache-2.0
"""Packing of a user's folder or archive into one archive that DVC versions.

Equal files give equal bytes: names are sorted, times and owners are left out, and
nothing is compressed, since JPEGs do not shrink. A link is stored as a link and never
followed, so that it becomes a faulty item.
"""

import bz2
import gzip
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from components.core.errors import DataRefused, UsageError
from components.core.files import require_regular_file
from components.core.shortening import printable, shorten
from components.ingest.formats.archives import MAX_BYTES, MAX_NAME, list_members
from components.ingest.formats.bounded_zip import MAX_RATIO, RATIO_COUNTS_FROM
from components.ingest.formats.damage import is_damage
from components.ingest.formats.tar import open_tar

PACKED: Final = "photographs.zip"
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can state
# First bytes of what a tar may be compressed with. These modules compare checksums and
# unpack a block at a time; tarfile's own streams do neither.
_COMPRESSIONS: Final[dict[bytes, Callable[[Path], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
_USTAR: Final = slice(257, 262)
_TAR_BLOCK: Final = 512
# Files of other programs that are zips inside.
_NO_ARCHIVES: Final = (
    ".xlsx",
    ".ods",
    ".docx",
    ".odt",
    ".pptx",
    ".npz",
    ".jar",
    ".whl",
)
_FILE, _LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777


class Packer:
    """Writer of a zip whose bytes depend only on names and contents.

    As a context manager it removes the file after an exception.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self.names: set[str] = set()

    def __enter__(self) -> "Packer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._zip.close()
        finally:
            if kind is not None:
                self._path.unlink(missing_ok=True)

    def add(self, name: str, content: bytes) -> None:
        """Add a file from memory."""
        self._zip.writestr(self._entry(name, _FILE), content)

    def copy(self, name: str, stream: IO[bytes], size: int) -> None:
        """Add a file from a stream, a block at a time.

        Args:
            name: Its path in the archive.
            stream: The bytes.
            size: Number of bytes.
        """
        entry = self._entry(name, _FILE)
        entry.file_size = size
        with self._zip.open(entry, "w", force_zip64=size >= 1 << 31) as target:
            shutil.copyfileobj(stream, target, 1 << 20)

    def add_link(self, name: str) -> None:
        """Add a link without its target."""
        self._zip.writestr(self._entry(name, _LINK), b"")

    def _entry(self, name: str, mode: int) -> zipfile.ZipInfo:
        # Names in a zip are UTF-8; an escaped name is reported as unsafe later.
        name = printable(name[:MAX_NAME])
        self.names.add(name)
        entry = zipfile.ZipInfo(name, _TIME)
        # Otherwise the zip would depend on the operating system.
        entry.create_system = 3
        entry.external_attr = mode << 16
        return entry


def pack(source: Path, folder: Path) -> Path:
    """Make one archive of a folder or archive; a sound zip or plain tar is copied.

    Args:
        source: A folder, a zip, or a tar, also a compressed one.
        folder: Folder of the new archive.

    Returns:
        The archive.

    Raises:
        UsageError: The source is none of these.
        DataRefused: The source is damaged.
    """
    if source.is_dir():
        return _pack_folder(source, folder / PACKED)
    require_regular_file(source)
    # Before zip: a tar whose last file is a zip also ends like a zip.
    if _is_plain_tar(source):
        return _copy(source, folder / Path(PACKED).with_suffix(".tar"))
    if zipfile.is_zipfile(source):
        return _copy(source, folder / PACKED)
    with source.open("rb") as stream:
        start = stream.read(8)
    for mark, decompress in _COMPRESSIONS.items():
        if start.startswith(mark):
            return _pack_tar(source, folder / PACKED, decompress)
    raise UsageError(
        f"{source.name} is no folder, zip or tar, so no pictures can be taken from it."
    )


def archive_kind(source: Path) -> str:
    """Suffix of the archive that a file is, `.zip` or `.tar`; "" if it is none.

    A compressed tar is a `.tar`, too: `pack` makes an archive of single files of it.

    Args:
        source: A regular file.
    """
    if source.suffix.lower() in _NO_ARCHIVES:
        return ""
    if _is_plain_tar(source):
        return ".tar"
    if zipfile.is_zipfile(source):
        return ".zip"
    with source.open("rb") as stream:
        start = stream.read(8)
    for mark, decompress in _COMPRESSIONS.items():
        if start.startswith(mark):
            try:
                with decompress(source) as unpacked:
                    return (
                        ".tar" if unpacked.read(_TAR_BLOCK)[_USTAR] == b"ustar" else ""
                    )
            except Exception as error:
                if not is_damage(error):
                    raise
    return ""


def walk(folder: Path) -> Iterator[Path]:
    """Yield files and links below a folder, sorted by path; links are not followed."""
    found = []
    for root, folders, files in os.walk(folder):
        links = [name for name in folders if Path(root, name).is_symlink()]
        found += [Path(root, name) for name in (*files, *links)]
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _pack_folder(source: Path, target: Path) -> Path:
    with Packer(target) as packer:
        for path in walk(source):
            name = path.relative_to(source).as_posix()
            # Sockets and devices cannot be stored.
            if path.is_symlink() or not path.is_file():
                packer.add_link(name)
            else:
                with path.open("rb") as stream:
                    packer.copy(name, stream, path.stat().st_size)
    return target


def _pack_tar(source: Path, target: Path, decompress: Callable[[Path], Any]) -> Path:
    """Pack a compressed tar, which has no random access, in one pass."""
    limit = RATIO_COUNTS_FROM + MAX_RATIO * source.stat().st_size
    try:
        with (
            Packer(target) as packer,
            decompress(source) as unpacked,
            open_tar(unpacked, "r|") as container,
        ):
            for info in container:
                _refuse_bomb(info)
                _refuse_size(source, info.offset_data + info.size, limit)
                if info.isdir():
                    continue
                stream = container.extractfile(info) if info.isreg() else None
                if stream is None:
                    packer.add_link(info.name)
                else:
                    packer.copy(info.name, stream, info.size)
            # The checksum of all of it is behind the end mark.
            while unpacked.read(1 << 20):
                _refuse_size(source, unpacked.tell(), limit)
    except Exception as error:
        if not is_damage(error):
            raise
        reason = shorten(str(error) or type(error).__name__)
        raise DataRefused(
            f"{source.name} is damaged: {reason}.\nExpected a whole compressed tar. "
            "Pack the photographs anew, or give their folder."
        ) from None
    return target


def _refuse_bomb(info: tarfile.TarInfo) -> None:
    if info.size > MAX_BYTES:
        raise DataRefused(
            f"{shorten(info.name)} would have {info.size:,} bytes when unpacked.\n"
            f"Expected photographs of at most {MAX_BYTES:,} bytes. Take it out first."
        )


def _refuse_size(source: Path, size: int, limit: int) -> None:
    if size > limit:
        raise DataRefused(
            f"{source.name} is packed too tightly: it unpacks to more than {limit:,} "
            "bytes.\n"
            "Expected photographs, which hardly shrink. Give their folder."
        )


def _copy(source: Path, target: Path) -> Path:
    """Copy an archive and read the list of its members, as every reader will."""
    shutil.copyfile(source, target)
    try:
        list_members(target)
    except DataRefused as error:
        target.unlink()
        reason = str(error).replace(str(target), source.name)
        raise DataRefused(reason) from None
    return target


def _is_plain_tar(source: Path) -> bool:
    """Whether a file is a tar, be it damaged; the list of its members shows it."""
    try:
        with open_tar(source, "r:"):
            return True
    except Exception:
        # tarfile raises any exception for a file that is none.
        with source.open("rb") as stream:
            return stream.read(_USTAR.stop)[_USTAR] == b"ustar"
