# SPDX-License-Identifier: Apache-2.0
"""Archives of a user's own data: tar.gz, tar.bz2, tar.xz, tar and zip."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from components.core.errors import ProdlError
from components.ingest.formats.packing import pack
from tests.fuzz import archives, mutation
from tests.fuzz.mutation import Rng
from tests.fuzz.readers.tar import change_header
from tests.support.checksums import mend_tar

DECLARED = (ProdlError,)
MEMORY_MB = 1000
COMPRESS: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: gzip.compress(content, 1),
    lambda content: bz2.compress(content, 1),
    lambda content: lzma.compress(content, preset=0),
)


def draw_corpus(rng: Rng) -> list[bytes]:
    """Tars of two formats and a zip; `mutate` compresses."""
    files = archives.photographs(rng)
    forms = (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    tars = [archives.write_tar(files, form=form) for form in forms]
    packed = [compress(tars[0]) for compress in COMPRESS]
    return [*tars, *packed, archives.write_zip(files, zipfile.ZIP_DEFLATED)]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change a tar and compress it, or change what is compressed."""
    if content[257:262] != b"ustar":
        return mutation.mutate(content, corpus, rng)
    if rng.random() < 0.6:
        content = change_header(content, rng)
    else:
        content = mutation.mutate(content, corpus, rng)
    if rng.random() < 0.5:
        content = mend_tar(content)
    compress = COMPRESS[rng.integers(len(COMPRESS))]
    return compress(content) if rng.random() < 0.9 else content


def run(content: bytes, folder: Path) -> None:
    """Pack it."""
    (folder / "mine").write_bytes(content)
    (folder / "packed").mkdir()
    pack(folder / "mine", folder / "packed")
