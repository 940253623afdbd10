# SPDX-License-Identifier: Apache-2.0
"""One download into a file, within limits, resumed where an earlier attempt stopped."""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from urllib3.exceptions import HTTPError, ProtocolError

from components.core.redaction import without_secrets
from components.core.shortening import shorten
from components.ingest.download_sources import DownloadSource
from components.ingest.fetch.http_session import HttpSession

BLOCK: Final = 1 << 16
# Attempts after a broken connection, as long as each brings new bytes.
MAX_TRIES: Final = 5


MISTAKEN_ADDRESS: Final = (
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
)


class SourceError(Exception):
    """A source could not give a file; the message is the reason, for a user.

    Args:
        reason: The reason. The HTTP library's quotes addresses, whose passwords are
            left out.
        is_unreachable: Whether the source will fail for every other file too.
    """

    def __init__(self, reason: str, is_unreachable: bool = False) -> None:
        super().__init__(without_secrets(reason))
        self.is_unreachable = is_unreachable
        """Whether the same source will fail for any other file."""


@dataclass(frozen=True)
class Download:
    """A download of one address into one file."""

    http: HttpSession
    """Session with certificates and proxies."""

    url: str
    """The address."""

    part: Path
    """The file; after a failure it stays, to be resumed later."""

    title: str
    """Name on the progress bar."""

    source: DownloadSource
    """Limits: timeout, deadline and number of bytes."""

    def run(self) -> bool:
        """Receive the content of the address, byte for byte as sent.

        Returns:
            Whether the file begins with bytes of an earlier run.

        Raises:
            SourceError: The server is unreachable, too slow, or sends too much.
        """
        deadline = time.monotonic() + self.source.deadline_seconds
        has_old_bytes = self._size() > 0
        for _ in range(MAX_TRIES):
            size_before = self._size()
            try:
                return self._receive(deadline) and has_old_bytes
            except (OSError, HTTPError, ValueError) as error:
                # No new bytes: the server is gone. Else the connection was cut.
                if self._size() <= size_before:
                    raise explain(error, self.source) from None
        raise SourceError(f"the connection broke {MAX_TRIES} times")

    def _receive(self, deadline: float) -> bool:
        """Send one request; True if the response continued the file."""
        offset = self._size()
        # With another encoding a server may compress again, and ranges mean nothing.
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        silence = self.source.timeout_seconds
        with self.http.open(self.url, headers, silence, deadline) as response:
            content_range = response.headers.get("Content-Range", "")
            if offset and response.status_code == 416:
                if content_range == f"bytes */{offset}":
                    return True
                self.part.unlink()
                return self._receive(deadline)
            response.raise_for_status()
            is_rest = content_range.startswith(f"bytes {offset}-")
            self._write(response, offset if is_rest else 0, deadline)
            return is_rest

    def _write(self, response: requests.Response, offset: int, deadline: float) -> None:
        length = response.headers.get("Content-Length", "")
        total = offset + int(length) if re.fullmatch("[0-9]{1,18}", length) else None
        self._check_limits(total or 0, deadline)
        size = offset
        with self.part.open("ab" if offset else "wb") as target, _progress() as bar:
            task = bar.add_task(self.title, total=total, completed=offset)
            # read1 returns what has arrived, so a slow server meets the deadline.
            while block := response.raw.read1(BLOCK, decode_content=False):
                size += len(block)
                self._check_limits(size, deadline)
                target.write(block)
                bar.advance(task, len(block))

    def _check_limits(self, size: int, deadline: float) -> None:
        if size > self.source.max_bytes:
            raise SourceError(
                f"sends {size:,} bytes or more; {self.source.max_bytes:,} are accepted"
            )
        if time.monotonic() > deadline:
            raise SourceError(f"not done after {self.source.deadline_seconds:g} s")

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


def explain(error: Exception, source: DownloadSource) -> SourceError:
    """Turn an error of the HTTP library into a reason that fits on a line."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        answer = f"HTTP {error.response.status_code} {shorten(error.response.reason)}"
        return SourceError(answer.strip())
    if isinstance(error, requests.exceptions.SSLError):
        return SourceError(f"certificate refused: {_root_cause(error)}", True)
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return SourceError(f"no answer within {source.timeout_seconds:g} s", True)
    if isinstance(error, MISTAKEN_ADDRESS):
        # The text of the error quotes the address, with its password.
        return SourceError(f"{type(error).__name__}: not an address to download from")
    if isinstance(error, ProtocolError):
        return SourceError("the connection broke off")
    if isinstance(error, requests.ConnectionError):
        return SourceError(f"cannot connect: {_root_cause(error)}", True)
    return SourceError(f"{type(error).__name__}: {_root_cause(error)}")


def _root_cause(error: BaseException) -> str:
    """Last clause of the innermost cause; outer ones only repeat the address."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, BaseException):
        return _root_cause(cause)
    return shorten(str(error).rsplit(": ", maxsplit=1)[-1])


def _progress() -> Progress:
    """A progress bar on stderr that disappears at the end; none without a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
