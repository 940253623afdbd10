# SPDX-License-Identifier: Apache-2.0
"""Wheels, source packages and gzipped files that should hold the listed files."""

import gzip
import hashlib
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from components.ingest.download_sources import DataFile, DownloadSource
from components.ingest.fetch.backends import folder_backend, source_backend
from components.ingest.fetch.download import SourceError
from components.ingest.fetch.package_index import IndexSettings
from components.ingest.fetch.session import FetchSession
from tests.fuzz import archives, mutation
from tests.fuzz.mutation import Rng
from tests.support.checksums import mend_tar, mend_zip

DECLARED = (SourceError,)
MEMORY_MB = 1000
CONTENT = bytes(range(256)) * 20
FILE = DataFile("digits", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
MEMBER = "digits-1.0/data/digits"
RECORD = b"digits-1.0/data/digits,sha256=lies,1\n"
FILES = {MEMBER: CONTENT, "digits-1.0/RECORD": RECORD}
WHEEL, SDIST = "digits-1.0-py3-none-any.whl", "digits-1.0.tar.gz"
ZIP, GZIP, TAR = b"PK", b"\x1f\x8b", b"ustar"


def draw_corpus(rng: Rng) -> list[bytes]:
    """Wheels by three methods, tars of two formats, sdists, and a gzipped file."""
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)
    forms = (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    tars = [archives.write_tar(FILES, form=form) for form in forms]
    return [
        *(archives.write_zip(FILES, method) for method in methods),
        *(*tars, gzip.compress(tars[1], 1), gzip.compress(CONTENT, 1)),
    ]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change bytes, before they are compressed where that is so."""
    is_tar = content[257:262] == TAR
    content = mutation.mutate(content, corpus, rng)
    if rng.random() < 0.5:
        content = mend_zip(content) if content.startswith(ZIP) else mend_tar(content)
    return gzip.compress(content, 1) if is_tar else content


def run(content: bytes, folder: Path) -> None:
    """Take the file out of what it is: a wheel, a source package, a packed file."""
    if content.startswith(ZIP):
        name, source = WHEEL, source_of(kind="package", wheel=WHEEL)
    else:
        name, source = SDIST, source_of(kind="sdist", sdist=SDIST)
    (folder / name).write_bytes(content)
    (folder / "digits.gz").write_bytes(content)
    (folder / "partial").mkdir()
    errors = []
    for backend in (source_backend(source), folder_backend(folder)):
        session = FetchSession(folder / "raw", folder / "partial", lambda line: None)
        session.__dict__["index_settings"] = IndexSettings((), (folder,))
        try:
            backend.fetch([FILE], session)
        except SourceError as error:
            errors.append(error)
    if len(errors) == 2:
        raise errors[0]


def source_of(**keys: str) -> DownloadSource:
    """A source that has the file as its member."""
    return DownloadSource(
        max_bytes=mutation.MAX_BYTES,
        project="digits",
        members={FILE.name: MEMBER},
        **keys,  # type: ignore[arg-type]
    )
