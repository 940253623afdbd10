# SPDX-License-Identifier: Apache-2.0
"""Tars of photographs, read as cats and dogs and as cervix photographs."""

import tarfile
from collections.abc import Sequence
from pathlib import Path

from components.core.errors import ProdlError
from tests.fuzz import archives, mutation
from tests.fuzz.mutation import Rng
from tests.fuzz.readers.zip import read_archive
from tests.support.checksums import mend_tar

DECLARED = (ProdlError,)
MEMORY_MB = 1000
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def draw_corpus(rng: Rng) -> list[bytes]:
    """Tars of each format."""
    files = archives.photographs(rng)
    return [archives.write_tar(files, form=form) for form in FORMATS[1:]]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change bytes, most of them in headers; mend checksums in half of the cases."""
    if rng.random() < 0.7:
        content = change_header(content, rng)
    else:
        content = mutation.mutate(content, corpus, rng)
    return mend_tar(content) if rng.random() < 0.5 else content


def change_header(content: bytes, rng: Rng) -> bytes:
    """Put a boundary number, a type or any bytes into a field of a header."""
    starts = [
        start
        for start in range(0, len(content) - 511, 512)
        if content[start + 257 : start + 262] == b"ustar"
    ]
    start = starts[rng.integers(len(starts))]
    at, size = FIELDS[rng.integers(len(FIELDS))]
    values = (rng.bytes(size), *NUMBERS, TYPES[rng.integers(len(TYPES))])
    value = values[rng.integers(len(values))][:size].ljust(size, b"\0")
    return content[: start + at] + value + content[start + at + size :]


# Offset and length: name, mode, size, time, type, link name, sparse map.
FIELDS = (
    *((0, 100), (100, 8), (124, 12), (124, 12), (124, 12), (136, 12), (156, 1)),
    *((156, 1), (157, 100), (345, 155), (386, 96), (482, 13)),
)
NUMBERS = (
    *(b"\xff" * 12, b"\x80" + b"\0" * 10 + b"\x01", b"\x80" + b"\xff" * 11, b"-1"),
    *(b"\xff" * 11 + b"\0", b"\xff" * 10 + b"\xfe\0", b"77777777777", b"00000000000"),
    *(b"00000001000", b"00000040000", b"", b" ", b"9"),
)
TYPES = (
    *(b"0", b"1", b"2", b"3", b"5", b"7", b"g", b"x", b"K", b"L", b"S", b"X"),
    b"\0",
)


def run(content: bytes, folder: Path) -> None:
    """Read it by both readers."""
    read_archive(content, folder, "photographs.tar")
