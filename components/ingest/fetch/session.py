# SPDX-License-Identifier: Apache-2.0
"""The state of one fetch: folders, lock, HTTP session and the files stored so far.

Unfinished files lie in a folder beside the destination: on the same file system, so
that a rename is atomic, but outside of the folder that DVC hashes.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Final

from components.core.files import replace_atomically
from components.core.locks import hold_lock
from components.ingest.download_sources import DataFile, DownloadSource
from components.ingest.fetch.download import Download, SourceError
from components.ingest.fetch.http_session import HttpSession
from components.ingest.fetch.package_index import (
    IndexSettings,
    open_http_session,
    read_index_settings,
)
from components.ingest.gutenberg_editions import find_difference

LOCK: Final = ".lock"
IGNORE: Final = ".gitignore"
BLOCK: Final = 1 << 20
# Header and footer of a book may be as long as the licence, but not as whole books.
MAX_WRAPPER_RATIO: Final = 4

Report = Callable[[str], None]


@dataclass(frozen=True)
class FetchSession:
    """A fetch at work; made by `open_session`."""

    destination: Path
    """Folder of the finished files."""

    partial_dir: Path
    """Folder of unfinished files, on the same file system."""

    report: Report
    """Called with one line per file."""

    stored: dict[str, str] = field(default_factory=dict)
    """Name of each file stored so far -> where it came from."""

    @cached_property
    def index_settings(self) -> IndexSettings:
        """pip's settings, read only when something is downloaded."""
        return read_index_settings()

    @cached_property
    def http(self) -> HttpSession:
        """One HTTP session for all downloads."""
        return open_http_session(self.index_settings)

    def store(self, stream: IO[bytes], file: DataFile, origin: str) -> None:
        """Store the content of a stream as a file, if it is the expected content.

        Args:
            stream: The uncompressed bytes; never read beyond the expected size.
            file: Name, size and checksum expected.
            origin: Where the bytes come from, for messages.

        Raises:
            SourceError: Size or checksum are wrong; nothing is left behind.
        """
        target = self.destination / file.name
        copy = _copy_book if file.body_sha256 else _copy
        with (
            replace_atomically(target, self.partial_dir) as unfinished,
            unfinished.open("xb") as output,
        ):
            copy(stream, output, file)
        self.stored[file.name] = origin
        self.report(f"{file.name}: {file.size:,} bytes from {origin}")

    def download(
        self, url: str, title: str, source: DownloadSource, use: Callable[[Path], None]
    ) -> None:
        """Download an address, use the file and remove it.

        Args:
            url: The address.
            title: Name on the progress bar.
            source: Limits of the download.
            use: Called with the downloaded file; raises SourceError if it is wrong.

        Raises:
            SourceError: From the download, or from `use`.
        """
        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        part = self.partial_dir / f"{name}.part"
        has_old_bytes = Download(self.http, url, part, title, source).run()
        try:
            use(part)
        except SourceError:
            if not has_old_bytes:
                raise
        else:
            return
        finally:
            part.unlink()
        # The old bytes may be of another version of the file: download all of it again.
        self.download(url, title, source, use)


@contextmanager
def open_session(destination: Path, report: Report) -> Iterator[FetchSession]:
    """Start a fetch, after waiting for another one of the same destination.

    Parts of failed downloads stay for the next fetch; an empty folder is removed.

    Args:
        destination: Folder of the finished files.
        report: Called with one line per file, and before waiting.
    """
    folder = destination.parent / f".{destination.name}.partial"
    is_new = not destination.parent.exists()

    def on_wait(holder: str) -> None:
        report(f"another fetch of the same files is at work, {holder}; waiting for it")

    with hold_lock(folder / LOCK, "prodl fetch", on_wait):
        (folder / IGNORE).write_text("*\n")
        try:
            yield FetchSession(destination, folder, report)
        finally:
            if {path.name for path in folder.iterdir()} <= {LOCK, IGNORE}:
                (folder / IGNORE).unlink()
                (folder / LOCK).unlink()
                folder.rmdir()
                if is_new and not any(destination.parent.iterdir()):
                    destination.parent.rmdir()


def _copy(source: IO[bytes], target: IO[bytes], file: DataFile) -> None:
    digest = hashlib.sha256()
    size = 0
    while block := source.read(min(BLOCK, file.size + 1 - size)):
        size += len(block)
        digest.update(block)
        target.write(block)
    if size != file.size:
        received = "more" if size > file.size else f"{size:,}"
        raise SourceError(
            f"wrong size: expected {file.size:,} bytes, received {received}"
        )
    if digest.hexdigest() != file.sha256:
        raise SourceError(
            f"wrong content: expected sha256 {file.sha256}, "
            f"received {digest.hexdigest()}"
        )


def _copy_book(source: IO[bytes], target: IO[bytes], file: DataFile) -> None:
    """Copy a book that is compared by its body, up to a limit on its size."""
    limit = MAX_WRAPPER_RATIO * file.size
    content = source.read(limit + 1)
    if len(content) > limit:
        raise SourceError(f"wrong size: expected {limit:,} bytes at most")
    if difference := find_difference(content, file):
        raise SourceError(difference)
    target.write(content)
