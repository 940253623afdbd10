# SPDX-License-Identifier: Apache-2.0
"""The places that raw files can come from, all asked in the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from components.ingest.fetch.download import SourceError
from components.ingest.fetch.package_index import find_package
from components.ingest.fetch.session import Workshop
from components.ingest.fetch.verified_copy import (
    open_gzip,
    open_member,
    open_tar_member,
)
from components.ingest.source_list import DataFile, Source


class Origin(Protocol):
    """A place that may have files."""

    @property
    def name(self) -> str:
        """How a user reads of it."""

    def deliver(self, files: Sequence[DataFile], workshop: Workshop) -> None:
        """Store as many of the files as it has.

        Raises:
            SourceError: Some are not stored; the message is the reason.
        """


@dataclass(frozen=True)
class FolderOrigin:
    """A folder that the user named: files as they are, or with `.gz`."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder."""
        return f"folder {self.folder}"

    def deliver(self, files: Sequence[DataFile], workshop: Workshop) -> None:
        """Copy or unpack each file."""
        _deliver_each(files, lambda file: self._deliver(file, workshop))

    def _deliver(self, file: DataFile, workshop: Workshop) -> None:
        plain, packed = self.folder / file.name, self.folder / f"{file.name}.gz"
        if plain.is_file():
            with plain.open("rb") as stream:
                workshop.store(stream, file, self.name)
        elif packed.is_file():
            with open_gzip(packed) as stream:
                workshop.store(stream, file, self.name)
        else:
            raise SourceError("not there, nor with .gz")


@dataclass(frozen=True)
class UrlOrigin:
    """A server with one address per file."""

    source: Source

    @property
    def name(self) -> str:
        """The server."""
        return urlsplit(self.source.url).hostname or self.source.url

    def deliver(self, files: Sequence[DataFile], workshop: Workshop) -> None:
        """Download each file, and unpack it where the server keeps it packed."""
        _deliver_each(files, lambda file: self._deliver(file, workshop))

    def _deliver(self, file: DataFile, workshop: Workshop) -> None:
        url = self.source.url.format(name=file.name)
        is_packed = url.endswith(".gz") and not file.name.endswith(".gz")

        def use(part: Path) -> None:
            with open_gzip(part) if is_packed else part.open("rb") as stream:
                workshop.store(stream, file, self.name)

        workshop.receive(url, file.name, self.source, use)


@dataclass(frozen=True)
class PackageOrigin:
    """A package on the configured index."""

    source: Source

    @property
    def name(self) -> str:
        """The package."""
        return f"package {self.source.archive}"

    def deliver(self, files: Sequence[DataFile], workshop: Workshop) -> None:
        """Download the package once and store the members wanted."""

        def use(package: Path) -> None:
            _deliver_each(files, lambda file: self._deliver(file, package, workshop))

        url = find_package(self.source, workshop.index_settings, workshop.session)
        workshop.receive(url, self.source.archive, self.source, use)

    def _deliver(self, file: DataFile, package: Path, workshop: Workshop) -> None:
        opened = open_member if self.source.wheel else open_tar_member
        with opened(package, self.source.members[file.name]) as stream:
            workshop.store(stream, file, self.name)


def make_origin(source: Source) -> Origin:
    """Give the origin that serves a source."""
    return UrlOrigin(source) if source.kind == "url" else PackageOrigin(source)


def _deliver_each(
    files: Sequence[DataFile], deliver: Callable[[DataFile], None]
) -> None:
    """Try every file, and raise once with the reasons of those that failed."""
    reasons = []
    for file in files:
        try:
            deliver(file)
        except SourceError as error:
            if error.is_unreachable:
                raise
            reasons.append(f"{file.name}: {error}")
    if reasons:
        raise SourceError("; ".join(reasons))
