# SPDX-License-Identifier: Apache-2.0
"""A tar is read to its end, or refused; no header leads a reader in circles."""

import io
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.core.errors import DataRefused
from components.ingest.formats.archives import list_members
from components.ingest.formats.packing import pack
from tests.support.checksums import mend_tar
from tests.support.datasets.photo_archives import write_tar

FILES = {f"cat/{n}.jpg": b"x" * 600 for n in range(4)}
SIZE, TYPE = slice(124, 136), slice(156, 157)
NEGATIVE = b"\xff" * 10 + b"\xfc\0"
COMPRESSIONS = ("", "gz", "bz2", "xz")


def _with_field(field: slice, value: bytes, header: int = 2) -> bytes:
    """A tar of which one header has another value, and the right checksum."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as container:
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    content = bytearray(buffer.getvalue())
    start = header * (512 + 1024)
    content[start + field.start : start + field.stop] = value
    return mend_tar(bytes(content))


def _extended(records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """A tar that begins with an extended header of these records."""
    info = tarfile.TarInfo("extended")
    info.type, info.size = kind, len(records)
    padding = bytes(-len(records) % 512)
    return info.tobuf(tarfile.USTAR_FORMAT) + records + padding + _with_field(SIZE, b"")


def _record(key: str, value: str) -> bytes:
    body = f" {key}={value}\n"
    length = len(body) + 2
    return f"{length}{body}".encode()


def _hostile() -> Iterator[tuple[str, bytes]]:
    yield "negative size", _with_field(SIZE, b"\xff" * 12)
    yield "size that leads backwards", _with_field(SIZE, b"\xff" * 10 + b"\xf8\0")
    yield "negative size of names", _extended(_record("size", "-1024"))
    yield "size of names that leads to itself", _extended(_record("size", "-512"))
    yield "digits without end", _extended(b"1" * 15_000)
    yield "names without end", _extended(b"2 " * 5_000 + b"=")
    yield "large header of names", _extended(_record("path", "x") * 20_000)
    chain = _extended(_record("path", "x"))[:1024] * 1000
    yield "headers that only extend others", chain + _with_field(SIZE, b"")
    yield (
        "long name with a negative size",
        _with_field(TYPE, b"L")[:3196] + b"\xff" * 12,
    )


@pytest.mark.parametrize(
    ("what", "content"), list(_hostile()), ids=lambda v: str(v)[:30]
)
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_hostile_header_is_refused_at_once(
    tmp_path: Path, what: str, content: bytes, compression: str
) -> None:
    given = tmp_path / "given.tar"
    given.write_bytes(_compress(content, compression))
    before = time.process_time()
    with pytest.raises(DataRefused, match="given.tar .*damaged"):
        pack(given, tmp_path)
    assert time.process_time() - before < 1
    assert list(tmp_path.iterdir()) == [given]


def test_hostile_tar_that_is_there_already_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(_with_field(SIZE, b"\xff" * 12))
    with pytest.raises(DataRefused, match="negative size"):
        list_members(tmp_path / "x.tar")


@pytest.mark.parametrize("compression", COMPRESSIONS[1:])
def test_compressed_tar_that_ends_early_is_refused(
    tmp_path: Path, compression: str
) -> None:
    whole = write_tar(tmp_path / "whole.tar", FILES).read_bytes()
    packed = _compress(whole, compression)
    for length in (8, 20, len(packed) // 2, len(packed) - 12):
        (tmp_path / "mine").write_bytes(packed[:length])
        with pytest.raises(DataRefused, match="mine is damaged: .+"):
            pack(tmp_path / "mine", tmp_path)


def test_compressed_tar_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    files = {f"cat/{n}.jpg": bytes(4 << 20) for n in range(4)}
    bomb = write_tar(tmp_path / "mine", files, "w:bz2")
    with pytest.raises(DataRefused, match="packed too tightly"):
        pack(bomb, tmp_path)
    assert list(tmp_path.iterdir()) == [bomb]


def _compress(content: bytes, compression: str) -> bytes:
    module = {"gz": "gzip", "bz2": "bz2", "xz": "lzma"}.get(compression)
    return __import__(module).compress(content) if module else content
