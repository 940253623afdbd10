# SPDX-License-Identifier: Apache-2.0
"""Tables of labels of pictures, as CSV and TSV."""

from pathlib import Path

from components.core.errors import ProdlError
from components.ingest.readers.label_tables import Files, read_labels, read_table
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_language

DECLARED = (ProdlError,)
MEMORY_MB = 1000
NAMES = [f"img/{number} x.png" for number in range(20)]
TOKENS = [
    *(",", ";", "\t", '"', '""', "\n", "\r", "\0", "\ufeff", "\\", "/", "./", "../"),
    *("file", "label", "split", "fox", "test", "img/1 x.png", "1 x", "x" * 5000),
]

mutate = mutate_language(TOKENS)


def draw_corpus(rng: Rng) -> list[bytes]:
    """Tables by three delimiters, an empty one and a header alone."""
    rows = [("file", "label", "camera", "split")]
    rows += [(name, "fox", f"c{n % 3}", "test") for n, name in enumerate(NAMES)]
    tables = ["\n".join(mark.join(row) for row in rows) for mark in (",", ";", "\t")]
    return [*(table.encode() for table in tables), b"", b"file,label\n"]


def run(content: bytes, folder: Path) -> None:
    """Read it, and what it says of the pictures."""
    del folder
    for name in ("labels.csv", "img/train.tsv"):
        table = read_table(name, content, Files(NAMES))
        if table:
            read_labels([table], ("fox", "hare"), "", name)
