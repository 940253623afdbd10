# SPDX-License-Identifier: Apache-2.0
"""What all origins of raw files share while one `fetch` is at work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import IO

import requests

from components.ingest.fetch.download import Download, SourceError
from components.ingest.fetch.package_index import (
    IndexSettings,
    open_session,
    read_index_settings,
)
from components.ingest.fetch.verified_copy import store
from components.ingest.source_list import DataFile, Source


@dataclass(frozen=True)
class Workshop:
    """Where files go, how the network is reached, and what was stored so far.

    Attributes:
        destination: Folder of the finished files.
        scratch: Folder of unfinished ones, on the same file system.
        report: Told of each file in one line.
        stored: Origin of each file stored, by file name.
    """

    destination: Path
    scratch: Path
    report: Callable[[str], None]
    stored: dict[str, str] = field(default_factory=dict)

    @cached_property
    def index_settings(self) -> IndexSettings:
        """pip's settings, asked for only when something must be downloaded."""
        return read_index_settings()

    @cached_property
    def session(self) -> requests.Session:
        """One session for all downloads."""
        return open_session(self.index_settings)

    def store(self, stream: IO[bytes], file: DataFile, origin: str) -> None:
        """Put a file in its place if the stream holds its bytes, and say so.

        Raises:
            SourceError: The bytes are others.
        """
        store(stream, file, self.destination, self.scratch)
        self.stored[file.name] = origin
        self.report(f"{file.name}: {file.size:,} bytes from {origin}")

    def receive(
        self, url: str, title: str, source: Source, use: Callable[[Path], None]
    ) -> None:
        """Download an address and use what came; the download is removed afterwards.

        Args:
            url: The address.
            title: Name on the progress bar.
            source: What the download may cost.
            use: Takes the downloaded file; raises SourceError if it is no good.

        Raises:
            SourceError: From the download, or from `use`.
        """
        part = self.scratch / f"{sha256(url.encode()).hexdigest()[:16]}.part"
        has_old_bytes = Download(self.session, url, part, title, source).run()
        try:
            use(part)
        except SourceError:
            if not has_old_bytes:
                raise
        else:
            return
        finally:
            part.unlink()
        # The old bytes may be of another version of the file: once more, all of it.
        self.receive(url, title, source, use)
