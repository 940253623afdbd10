# SPDX-License-Identifier: Apache-2.0
"""7z archives, unpacked by another process within limits.

The decoders of 7z are written in C, and a hostile archive has corrupted the memory of
the process that unpacked it. So a child process does it (`unpack_7z.py`), which has
limits of memory, time and output and knows few methods of compression. Whatever becomes
of it is a `DataRefused` here.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import components
from components.core.errors import DataRefused
from components.core.shortening import shorten
from components.ingest.formats.archives import MAX_BYTES, MAX_MEMBERS
from components.ingest.formats.bounded_zip import MAX_RATIO, RATIO_COUNTS_FROM

_CHILD: Final = "components.ingest.formats.unpack_7z"
_SIGNATURE: Final = b"7z\xbc\xaf\x27\x1c"
_START: Final = struct.Struct("<6s2xIQQI")
# A dictionary of LZMA has 64 MB with 7-Zip's highest level.
_MAX_MEMORY: Final = 1 << 30
# LZMA unpacks some 10 MB a second of what hardly shrinks.
_SECONDS: Final = 30
_BYTES_PER_SECOND: Final = 2 << 20
_MAX_LINE: Final = 64 << 20
# Of a listing or an error; a header of this size names half a million files.
_MAX_HEADER: Final = 32 << 20
_NO_ANSWER: Final = "the decoder gives no answer that fits"


@dataclass(frozen=True, slots=True)
class SevenZipMember:
    """One file of a 7z archive."""

    name: str
    """Its path in the archive."""

    size: int
    """Bytes when unpacked."""


class NeedsPassword(Exception):
    """A 7z archive that is encrypted."""


# Takes the files of an archive; returns the position of each wanted one -> its key.
Choose = Callable[[list[SevenZipMember]], Mapping[int, str]]


def unpack_7z(archive: Path, name: str, choose: Choose) -> Iterator[tuple[str, bytes]]:
    """Unpack chosen files of a 7z archive, in the order of the archive.

    Args:
        archive: A regular file.
        name: Its name for messages.
        choose: Chooses the files and gives each a key.

    Yields:
        Key and content of each file.

    Raises:
        NeedsPassword: It is encrypted.
        DataRefused: It is damaged, packed with another method than LZMA, LZMA2, Deflate
            or none, or takes more memory, time or space than photographs do.
    """
    _check_start(archive, name)
    with _Child(archive, name) as child:
        members = child.read_members()
        chosen = choose(members)
        total = sum(members[position].size for position in chosen)
        if total > RATIO_COUNTS_FROM + MAX_RATIO * archive.stat().st_size:
            raise DataRefused(
                f"{name} is packed too tightly: {total:,} bytes out of "
                f"{archive.stat().st_size:,}.\nExpected photographs, which hardly "
                "shrink. Unpack it elsewhere and give the folder."
            )
        child.write([*chosen])
        while "position" in (answer := child.read()):
            position, size = answer["position"], answer.get("size", -1)
            if not _is_asked_for(position, size, members, chosen):
                raise _damaged(name, _NO_ANSWER)
            yield chosen[position], child.read_bytes(size)


def _is_asked_for(
    position: object,
    size: object,
    members: Sequence[SevenZipMember],
    chosen: Mapping[int, str],
) -> bool:
    """Whether what the child sends is a file that was chosen, and no larger."""
    if not isinstance(position, int) or not isinstance(size, int):
        return False
    return position in chosen and 0 <= size <= members[position].size


def _check_start(archive: Path, name: str) -> None:
    """Refuse an archive whose first or last part is not whole, without a child."""
    with archive.open("rb") as stream:
        start = stream.read(_START.size)
        if len(start) < _START.size or not start.startswith(_SIGNATURE):
            raise _damaged(name, "it does not begin like a 7z archive")
        _, start_crc, offset, size, header_crc = _START.unpack(start)
        if zlib.crc32(start[12:]) != start_crc:
            raise _damaged(name, "the checksum of its start is wrong")
        if _START.size + offset + size > archive.stat().st_size:
            raise _damaged(name, "it ends too early")
        if size > _MAX_HEADER:
            raise _damaged(name, f"its header has {size:,} bytes")
        stream.seek(_START.size + offset)
        if zlib.crc32(stream.read(size)) != header_crc:
            raise _damaged(name, "the checksum of its header is wrong")


class _Child:
    """The process that unpacks; a context manager that leaves none behind.

    Both sides send JSON, one line each. Behind a line with `position` and `size` follow
    the bytes of a file.
    """

    def __init__(self, archive: Path, name: str) -> None:
        self._name = name
        self._seconds = _SECONDS + archive.stat().st_size // _BYTES_PER_SECOND
        limits = {
            "memory": _MAX_MEMORY,
            "seconds": self._seconds,
            "member_bytes": MAX_BYTES,
            "members": MAX_MEMBERS,
        }
        # -P: a file of the user's folder must not pass for a module.
        command = [sys.executable, "-P", "-m", _CHILD, str(archive.resolve())]
        self._process = subprocess.Popen(
            [*command, json.dumps(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        # The limit of CPU time does not end a child that waits.
        self._timer = threading.Timer(4 * self._seconds, self._process.kill)
        self._timer.daemon = True

    def __enter__(self) -> "_Child":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._process.kill()
        self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def write(self, message: Any) -> None:
        try:
            self._stdin.write(json.dumps(message).encode() + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def read(self) -> dict[str, Any]:
        """Read a message; an error that the child found is raised."""
        line = self._stdout.readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise self._ended()
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = {}
        # A child whose memory was overwritten may say anything.
        if not isinstance(message, dict):
            message = {}
        if message.get("needs_password"):
            raise NeedsPassword
        if not message.keys() & {"members", "position", "done"}:
            raise _damaged(self._name, str(message.get("fault", _NO_ANSWER)))
        return dict(message)

    def read_members(self) -> list[SevenZipMember]:
        """Read the list of files."""
        listed: Any = self.read().get("members")
        try:
            members = [SevenZipMember(str(name), int(size)) for name, size in listed]
        except (TypeError, ValueError, OverflowError):
            raise _damaged(self._name, _NO_ANSWER) from None
        if any(member.size < 0 for member in members):
            raise _damaged(self._name, "a file has a negative size")
        return members

    def read_bytes(self, size: int) -> bytes:
        content = self._stdout.read(size)
        if len(content) < size:
            raise self._ended()
        return content

    @property
    def _stdin(self) -> IO[bytes]:
        return self._process.stdin  # type: ignore[return-value]

    @property
    def _stdout(self) -> IO[bytes]:
        return self._process.stdout  # type: ignore[return-value]

    def _ended(self) -> DataRefused:
        """The error for a child that ended without a word."""
        code = self._process.wait()
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            reason = f"unpacking took more than {self._seconds:,} s, or too much memory"
        elif code < 0:
            reason = f"the decoder was ended by {signal.Signals(-code).name}"
        else:
            reason = f"the decoder ended with exit code {code}"
        return _damaged(self._name, reason)


def _environment() -> dict[str, str]:
    """The own environment, in which the code of the project is found."""
    code = str(Path(components.__path__[0]).parent)
    paths = [code, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _damaged(name: str, reason: str) -> DataRefused:
    return DataRefused(
        f"{name} is damaged: {shorten(reason)}.\nExpected a whole 7z archive packed "
        "with LZMA, LZMA2, Deflate or uncompressed.\nFetch it again, or unpack it with "
        "the program that packed it and give the folder."
    )
