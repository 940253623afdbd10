# SPDX-License-Identifier: Apache-2.0
"""The process that unpacks a 7z archive for `seven_zip.py`, within limits.

    python -m components.ingest.formats.unpack_7z ARCHIVE LIMITS

It writes nothing but its answers: first the names and sizes of all files, then, for the
positions that it is sent, their bytes. It imports no more of the project than this.
"""

import json
import resource
import sys
from typing import IO, Any, Final

# 7-Zip's default for photographs is LZMA2, formerly LZMA; py7zr puts BCJ before LZMA2,
# which liblzma decodes, and leaves BCJ alone to a decoder of its own. AES is known, so
# that py7zr asks for a password. PPMd has corrupted memory; others nobody needs.
_COPY, _LZMA, _LZMA2, _DEFLATE = b"\x00", b"\x03\x01\x01", b"\x21", b"\x04\x01\x08"
_BCJ, _AES = b"\x03\x03\x01\x03", b"\x06\xf1\x07\x01"
_METHODS: Final = (
    *([_COPY], [_LZMA], [_LZMA2], [_DEFLATE]),
    *([_BCJ, _LZMA2], [_LZMA2, _BCJ]),
)


class Refused(Exception):
    """An archive that is not unpacked; the message is the reason."""


def main(path: str, limits: dict[str, int]) -> None:
    """List an archive, then unpack what is asked for.

    Args:
        path: The archive.
        limits: Memory in bytes, CPU time in seconds, bytes and number of files.
    """
    _limit_resources(limits)
    try:
        # Within the limits, since it loads the decoders.
        import py7zr

        try:
            _unpack(path, limits)
        except py7zr.PasswordRequired:
            _send({"needs_password": True})
    except MemoryError:
        _send({"fault": f"unpacking takes more than {limits['memory']:,} bytes"})
    except Exception as error:
        # Decoders raise any exception for a damaged archive.
        words = " ".join(str(error).split())
        _send({"fault": words or type(error).__name__})


def _limit_resources(limits: dict[str, int]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"],) * 2)
    # It writes into pipes only.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _unpack(path: str, limits: dict[str, int]) -> None:
    import py7zr
    from py7zr.io import MemIO

    _check_methods_before_decoding()
    # As an open file: given a path, py7zr would unpack in several threads.
    with open(path, "rb") as stream, py7zr.SevenZipFile(stream) as archive:
        files = [file for file in archive.files if not file.is_directory]
        if len(files) > limits["members"]:
            raise Refused(f"it has {len(files):,} files")
        _send({"members": [(file.filename, file.uncompressed) for file in files]})
        wanted = json.loads(sys.stdin.readline())
        writers = _writers(files, limits["member_bytes"])
        chosen = {files[position].id: position for position in wanted}
        for file in archive.files:
            position = chosen.get(file.id)
            target = None if position is None else MemIO(str(position), writers)
            archive.worker.register_filelike(file.id, target)
        if wanted:
            archive.worker.extract(archive.fp, None, parallel=False)
        _send({"done": True})


def _check_methods_before_decoding() -> None:
    """Refuse other methods where py7zr makes a decoder, also that of a header."""
    from py7zr import archiveinfo
    from py7zr.compressor import SevenZipDecompressor

    class CheckedDecompressor(SevenZipDecompressor):
        def __init__(self, coders: list[dict[str, Any]], *args: Any) -> None:
            methods = [bytes(coder["method"]) for coder in coders]
            if _AES not in methods and methods not in _METHODS:
                names = ", ".join(method.hex() for method in methods)
                raise Refused(f"it is packed with methods that are not used: {names}")
            super().__init__(coders, *args)

    setattr(archiveinfo, SevenZipDecompressor.__name__, CheckedDecompressor)


def _writers(files: list[Any], member_bytes: int) -> Any:
    from py7zr.io import Py7zIO, WriterFactory

    class Writer(Py7zIO):
        """Collects one file and sends it when it is closed."""

        def __init__(self, position: int) -> None:
            self._position = position
            self._content: bytearray | None = bytearray()

        def write(self, s: bytes | bytearray) -> int:
            content = self._content if self._content is not None else bytearray()
            content += s
            size = min(files[self._position].uncompressed, member_bytes)
            if len(content) > size:
                raise Refused("a file has more bytes than the header says")
            return len(s)

        def close(self) -> None:
            if self._content is not None:
                size = len(self._content)
                _send({"position": self._position, "size": size}, bytes(self._content))
                self._content = None

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return len(self._content or b"")

    class Writers(WriterFactory):
        """Makes the writer of each file."""

        def create(self, filename: str) -> Py7zIO:
            return Writer(int(filename))

    return Writers()


def _send(message: dict[str, Any], content: bytes = b"") -> None:
    output: IO[bytes] = sys.stdout.buffer
    output.write(json.dumps(message).encode() + b"\n")
    output.write(content)
    output.flush()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
