# SPDX-License-Identifier: Apache-2.0
"""One download into a file, within limits, going on where an earlier try stopped."""

import time
from dataclasses import dataclass
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError, ProtocolError

from components.ingest.fetch.progress import progress_bar
from components.ingest.source_list import Source

BLOCK = 1 << 16
# A cut connection is taken up again this often, as long as bytes arrive.
MAX_TRIES = 5
# Waiting longer than this for a connection never helped; silence later may last longer.
CONNECT_SECONDS = 10.0


class SourceError(Exception):
    """A source could not give a file; the message is the reason, for a user.

    Attributes:
        is_unreachable: Whether asking the same source for another file is pointless.
    """

    def __init__(self, reason: str, is_unreachable: bool = False) -> None:
        super().__init__(reason)
        self.is_unreachable = is_unreachable


@dataclass(frozen=True)
class Download:
    """What to receive, and into which file.

    Attributes:
        session: Carries certificates and proxies.
        url: The address.
        part: The file; after a failure it stays, for a later try.
        title: Name on the progress bar.
        source: Longest silence, longest time, most bytes.
    """

    session: requests.Session
    url: str
    part: Path
    title: str
    source: Source

    def run(self) -> bool:
        """Receive what the address holds, byte for byte as sent.

        Returns:
            Whether the file begins with bytes of an earlier try.

        Raises:
            SourceError: The server is out of reach, slow, sends too much or nothing.
        """
        deadline = time.monotonic() + self.source.deadline_seconds
        has_old_bytes = self._size() > 0
        for _ in range(MAX_TRIES):
            size_before = self._size()
            try:
                return self._receive(deadline) and has_old_bytes
            except (OSError, HTTPError) as error:
                # Without progress the server is gone; with it, the line was cut.
                if self._size() <= size_before:
                    raise explain(error, self.source) from None
        raise SourceError(f"the connection broke {MAX_TRIES} times")

    def _receive(self, deadline: float) -> bool:
        """Do one request; True if it continued what the file held."""
        offset = self._size()
        # Without `identity` a server may compress once more, and ranges mean nothing.
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        silence = self.source.timeout_seconds
        timeout = (min(CONNECT_SECONDS, silence), silence)
        with self.session.get(
            self.url, headers=headers, timeout=timeout, stream=True
        ) as response:
            content_range = response.headers.get("Content-Range", "")
            if response.status_code == 416 and content_range == f"bytes */{offset}":
                return True
            if response.status_code == 416:
                self.part.unlink()
                return self._receive(deadline)
            response.raise_for_status()
            is_rest = content_range.startswith(f"bytes {offset}-")
            self._write(response, offset if is_rest else 0, deadline)
            return is_rest

    def _write(self, response: requests.Response, offset: int, deadline: float) -> None:
        length = response.headers.get("Content-Length", "")
        total = offset + int(length) if length.isdigit() else None
        self._check(total or 0, deadline)
        size = offset
        with (
            self.part.open("ab" if offset else "wb") as target,
            progress_bar(self.title, total, offset) as advance,
        ):
            # read1 gives what has come, so a server that drips meets the deadline.
            while block := response.raw.read1(BLOCK, decode_content=False):
                size += len(block)
                self._check(size, deadline)
                target.write(block)
                advance(len(block))

    def _check(self, size: int, deadline: float) -> None:
        if size > self.source.max_bytes:
            raise SourceError(
                f"sends {size:,} bytes or more; {self.source.max_bytes:,} are accepted"
            )
        if time.monotonic() > deadline:
            raise SourceError(f"not done after {self.source.deadline_seconds:g} s")

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0


def explain(error: Exception, source: Source) -> SourceError:
    """Turn what the HTTP library raised into a reason that fits on a line."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        answer = f"HTTP {error.response.status_code} {error.response.reason}"
        return SourceError(answer.strip())
    if isinstance(error, requests.exceptions.SSLError):
        return SourceError(f"certificate refused: {_innermost(error)}", True)
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return SourceError(f"no answer within {source.timeout_seconds:g} s", True)
    if isinstance(error, ProtocolError):
        return SourceError("the connection broke off")
    if isinstance(error, requests.ConnectionError):
        return SourceError(f"cannot connect: {_innermost(error)}", True)
    return SourceError(f"{type(error).__name__}: {_innermost(error)}")


def _innermost(error: BaseException) -> str:
    """The last clause of the innermost cause; outer ones only repeat the address."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, BaseException):
        return _innermost(cause)
    return str(error).rsplit(": ", maxsplit=1)[-1]
