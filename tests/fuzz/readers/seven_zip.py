# SPDX-License-Identifier: Apache-2.0
"""7z archives of the competition, also inside of a zip."""

import io
from collections.abc import Sequence
from pathlib import Path

import py7zr

from components.core.errors import ProdlError
from components.ingest.readers.cervix_competition import pack_competition
from tests.fuzz import archives, mutation
from tests.fuzz.mutation import Rng
from tests.support.checksums import mend_7z

DECLARED = (ProdlError,)
MEMORY_MB = 1000
SIGNATURE = b"7z\xbc\xaf"
METHODS: list[list[dict[str, int]] | None] = [
    *(None, [{"id": py7zr.FILTER_LZMA2, "preset": 1}]),
    *([{"id": py7zr.FILTER_LZMA}], [{"id": py7zr.FILTER_COPY}]),
    *([{"id": py7zr.FILTER_DEFLATE}], [{"id": py7zr.FILTER_BZIP2}]),
    [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
]


def draw_corpus(rng: Rng) -> list[bytes]:
    """Archives by each method, a header that is not packed, and a zip around one."""
    files = archives.photographs(rng)
    drawn = [archives.write_7z(files, method) for method in METHODS]
    zipped = archives.write_zip({"train.7z": drawn[0], **files})
    return [*drawn, _with_plain_header(files), zipped]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change bytes, in half of the cases those of the header; mend its checksums."""
    if content.startswith(SIGNATURE) and rng.random() < 0.5:
        start = 32 + int.from_bytes(content[12:20], "little")
        header = mutation.mutate(content[start:], corpus, rng)
        return mend_7z(content[:start] + header)
    changed = mutation.mutate(content, corpus, rng)
    return mend_7z(changed) if rng.random() < 0.5 else changed


def run(content: bytes, folder: Path) -> None:
    """Pack it as a download of the competition."""
    name = "all.zip" if content.startswith(b"PK") else "train.7z"
    (folder / name).write_bytes(content)
    pack_competition(folder / name, folder)


def _with_plain_header(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.set_encoded_header_mode(False)
        for name, content in files.items():
            archive.writestr(content, name)
    return buffer.getvalue()
