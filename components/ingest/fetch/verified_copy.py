# SPDX-License-Identifier: Apache-2.0
"""Put a file in its place only if its bytes are the expected ones."""

import gzip
import hashlib
import os
import tarfile
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from components.ingest.fetch.download import SourceError
from components.ingest.fetch.gutenberg_editions import find_difference
from components.ingest.source_list import DataFile

BLOCK = 1 << 20
# A header and a footer may be as long as the licence, but not as many books.
LARGEST_WRAPPING = 4


def store(stream: IO[bytes], file: DataFile, destination: Path, scratch: Path) -> None:
    """Copy a stream to its place: checked while reading, then renamed at once.

    Args:
        stream: The uncompressed bytes; never read beyond the expected size.
        file: Name, size and checksum expected.
        destination: Folder of the file.
        scratch: Folder on the same file system for the unfinished file.

    Raises:
        SourceError: Size or checksum are wrong; nothing is left behind.
    """
    unfinished = scratch / f"{file.name}.{uuid.uuid4().hex}"
    try:
        with unfinished.open("xb") as target:
            if file.body_sha256:
                target.write(_read_book(stream, file))
            else:
                _copy_checked(stream, target, file)
            target.flush()
            os.fsync(target.fileno())
        destination.mkdir(parents=True, exist_ok=True)
        os.replace(unfinished, destination / file.name)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def open_gzip(path: Path) -> Iterator[IO[bytes]]:
    """Open a gzip file for reading; damage becomes a SourceError."""
    try:
        with gzip.open(path) as stream:
            yield cast(IO[bytes], stream)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"not a whole gzip file: {error}") from None


@contextmanager
def open_member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """Open one member of a zip file by its exact name; damage becomes a SourceError.

    No path inside the archive ever becomes a path on disk.
    """
    try:
        with zipfile.ZipFile(archive) as container, container.open(member) as stream:
            yield stream
    except KeyError:
        raise SourceError(f"the archive has no member {member!r}") from None
    except (zipfile.BadZipFile, EOFError, zlib.error, RuntimeError) as error:
        raise SourceError(f"not a sound archive: {error}") from None


@contextmanager
def open_tar_member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """Open one member of a .tar.gz by its exact name; damage becomes a SourceError."""
    try:
        with tarfile.open(archive, "r:gz") as container:
            stream = container.extractfile(member)
            if stream is None:
                raise SourceError(f"{member!r} of the archive is no file")
            with stream:
                yield stream
    except KeyError:
        raise SourceError(f"the archive has no member {member!r}") from None
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"not a sound archive: {error}") from None


def _read_book(source: IO[bytes], file: DataFile) -> bytes:
    """All of a book that is judged by its body; a limit keeps out what is no book."""
    limit = LARGEST_WRAPPING * file.size
    content = source.read(limit + 1)
    if len(content) > limit:
        raise SourceError(f"wrong size: expected {limit:,} bytes at most")
    if difference := find_difference(content, file):
        raise SourceError(difference)
    return content


def _copy_checked(source: IO[bytes], target: IO[bytes], file: DataFile) -> None:
    digest = hashlib.sha256()
    size = 0
    while block := source.read(min(BLOCK, file.size + 1 - size)):
        size += len(block)
        digest.update(block)
        target.write(block)
    if size > file.size:
        raise SourceError(f"wrong size: expected {file.size:,} bytes, received more")
    if size < file.size:
        raise SourceError(
            f"wrong size: expected {file.size:,} bytes, received {size:,}"
        )
    if digest.hexdigest() != file.sha256:
        raise SourceError(
            f"wrong content: expected sha256 {file.sha256}, "
            f"received {digest.hexdigest()}"
        )
