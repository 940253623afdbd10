# SPDX-License-Identifier: Apache-2.0
"""Tar files read strictly: a header that is damaged, or leads backwards, is an error.

Python's tarfile takes a damaged header for the end of the archive. One with a negative
size leads it back to what it has read, so that it never ends, and the regular
expressions for extended headers take time quadratic in their size.
"""

import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Self

# Of an extended header: names and times.
_MAX_EXTENDED: Final = 1 << 14
# Each header follows on an extended one in the calls of tarfile.
_MAX_CHAIN: Final = 20
_MAX_RECORDS: Final = 200
_RECORD: Final = re.compile(rb"([0-9]{1,5}) ")


class StrictHeader(tarfile.TarInfo):
    """Header type for `tarfile.open` that raises ReadError if a header is damaged."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header; only the end mark ends the archive."""
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except (tarfile.HeaderError, UnicodeError) as error:
            raise tarfile.ReadError(f"a header in it is damaged, {error}") from None
        _check_size(header)
        return header

    @classmethod
    def fromtarfile(cls, tarfile: Any) -> Self:
        """Read a header with those that extend it; the next one must lie behind it."""
        chain = getattr(tarfile, "_chain", 0)
        tarfile._chain = chain + 1
        try:
            _check_chain(chain)
            start = tarfile.fileobj.tell()
            header = super().fromtarfile(tarfile)
            _check_size(header)
            _check_progress(start, tarfile.offset)
            return header
        finally:
            tarfile._chain = chain

    def _proc_pax(self, tarfile: Any) -> Self:
        _check_extended(self)
        content = tarfile.fileobj.read(self._block(self.size))  # type: ignore[attr-defined]
        _check_records(content[: self.size], len(tarfile.pax_headers))
        tarfile.fileobj = _Replay(tarfile, content)
        return super()._proc_pax(tarfile)  # type: ignore[misc, no-any-return]

    def _proc_gnulong(self, tarfile: Any) -> Self:
        _check_extended(self)
        return super()._proc_gnulong(tarfile)  # type: ignore[misc, no-any-return]


class _Replay:
    """Stands for the stream of a tar until what was read before is read again."""

    def __init__(self, tarfile: Any, content: bytes) -> None:
        self._tarfile = tarfile
        self._stream = tarfile.fileobj
        self._content = content

    def read(self, size: int) -> bytes:
        self._tarfile.fileobj = self._stream
        return self._content


@contextmanager
def open_tar(source: Path | IO[bytes], mode: str) -> Iterator[tarfile.TarFile]:
    """Open a tar for reading with strict headers.

    Args:
        source: A regular file, or a stream.
        mode: A mode of `tarfile.open`: `r:`, `r:gz`, or `r|` for a stream.

    Raises:
        Exception: Any, if it is damaged; see `damage.is_damage`.
    """
    open_with: Any = tarfile.open
    place = {"name": source} if isinstance(source, Path) else {"fileobj": source}
    with open_with(mode=mode, tarinfo=StrictHeader, **place) as container:
        yield container


def _check_size(header: tarfile.TarInfo) -> None:
    if header.size < 0 or header.offset_data < 0:
        raise tarfile.ReadError("a header in it is damaged, negative size")


def _check_progress(start: int, following: int) -> None:
    if following <= start:
        raise tarfile.ReadError("a header in it is damaged, it leads backwards")


def _check_chain(length: int) -> None:
    if length > _MAX_CHAIN:
        raise tarfile.ReadError("a header in it is damaged, it has no end")


def _check_extended(header: tarfile.TarInfo) -> None:
    if header.size > _MAX_EXTENDED:
        raise tarfile.ReadError(
            f"a header in it is damaged, {header.size:,} bytes of names"
        )


def _check_records(content: bytes, num_global: int) -> None:
    """Check the form of extended records, `length key=value`, in one pass."""
    position, num_records = 0, num_global
    while position < len(content):
        length = _RECORD.match(content, position)
        end = position + int(length[1]) if length else 0
        record = content[position:end]
        if not record.endswith(b"\n") or b"=" not in record or end > len(content):
            raise tarfile.ReadError("a header in it is damaged, unknown records")
        position, num_records = end, num_records + 1
    if num_records > _MAX_RECORDS:
        raise tarfile.ReadError(f"a header in it is damaged, {num_records:,} records")
