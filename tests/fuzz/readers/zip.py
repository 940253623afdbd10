# SPDX-License-Identifier: Apache-2.0
"""Zips of photographs, read as cats and dogs and as cervix photographs."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from components.core.errors import ProdlError
from components.ingest.readers import cats_dogs, cervix, photo_archive
from components.ingest.readers.reader import Reader
from tests.fuzz import archives, mutation
from tests.fuzz.mutation import Rng
from tests.support.checksums import mend_zip

DECLARED = (ProdlError,)
MEMORY_MB = 1000
READERS: tuple[Reader, ...] = (cats_dogs, cervix)
METHODS = (
    *(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
    *(zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2),
)


def draw_corpus(rng: Rng) -> list[bytes]:
    """Zips by each method, and one in another."""
    files = archives.photographs(rng)
    drawn = [archives.write_zip(files, method) for method in METHODS]
    return [*drawn, archives.write_zip({"cat/inner.zip": drawn[0]})]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change bytes; in half of the cases the end points to the directory again."""
    changed = mutation.mutate(content, corpus, rng)
    return mend_zip(changed) if rng.random() < 0.5 else changed


def run(content: bytes, folder: Path) -> None:
    """Read it by both readers."""
    read_archive(content, folder, "photographs.zip")


def read_archive(content: bytes, folder: Path, name: str) -> None:
    """Read an archive of photographs by both readers, the second whatever the first."""
    (folder / name).write_bytes(content)
    errors = []
    for reader in READERS:
        try:
            reader.check_files(folder)
            chunks = [*reader.list_chunks(folder), *photo_archive.list_chunks(folder)]
            for chunk in chunks:
                reader.read_chunk(folder, chunk)
        except ProdlError as error:
            errors.append(error)
    if len(errors) == len(READERS):
        raise errors[0]
