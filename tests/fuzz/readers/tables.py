# SPDX-License-Identifier: Apache-2.0
"""Tables of a user's own: CSV, TSV and Parquet files of known columns."""

import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow
from pyarrow import parquet

from components.contracts.table_layout import Column, TableLayout
from components.core.errors import ProdlError
from components.core.json_files import write_json
from components.ingest.reader_options import FILE, ReaderOptions
from components.ingest.readers import table
from tests.fuzz import mutation
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import insert_tokens

DECLARED = (ProdlError,)
MEMORY_MB = 1000
COLUMNS = {
    "size": Column("number"),
    "colour": Column("category"),
    "seen": Column("date"),
}
LAYOUTS = (
    ("class", ("fox", "hare")),
    ("number", ()),
)
ROWS = [
    {"size": f"{n}.5", "colour": "red", "seen": f"2020-01-{n:02}", "kind": "fox"}
    for n in range(1, 20)
]
TOKENS = [
    *(",", ";", "\t", '"', '""', "\n", "\r", "\r\n", "\0", "\ufeff", "\\", "NA", "?"),
    *("nan", "inf", "-inf", "1e999", "1,5", "0x1f", "1_000", "9" * 400, "\u0661"),
    *("2020-13-45", "0001-01-01", "9999-12-31T23:59:60Z", "2020-02-30", "fox", "owl"),
    *("x" * 5000, "size", "kind", "size,", "kind\n"),
]


def draw_corpus(rng: Rng) -> list[bytes]:
    """A table as CSV, TSV and Parquet, an empty one, and a header alone."""
    rows = [list(ROWS[0]), *(list(row.values()) for row in ROWS)]
    texts = ["\n".join(mark.join(row) for row in rows) for mark in (",", "\t")]
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), buffer)
    return [*(text.encode() for text in texts), buffer.getvalue(), b"", b"size,kind\n"]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Insert what a table is made of, change bytes, or both."""
    if rng.random() < 0.7 and not content.startswith(b"PAR1"):
        content = insert_tokens(content, TOKENS, rng)
    if rng.random() < 0.6:
        content = mutation.mutate(content, corpus, rng)
    return content[: mutation.MAX_BYTES]


def run(content: bytes, folder: Path) -> None:
    """Read it with a class and with a number as target."""
    suffix = ".parquet" if content.startswith(b"PAR1") else ".csv"
    suffix = ".tsv" if b"\t" in content[:30] else suffix
    (folder / f"mine_train{suffix}").write_bytes(content)
    errors = []
    for kind, classes in LAYOUTS:
        layout = TableLayout("kind", COLUMNS, kind)  # type: ignore[arg-type]
        options = ReaderOptions("mine", classes, table=layout)
        write_json(folder / FILE, asdict(options))
        try:
            table.check_files(folder)
            for chunk in table.list_chunks(folder):
                table.read_chunk(folder, chunk)
        except ProdlError as error:
            errors.append(error)
    if len(errors) == len(LAYOUTS):
        raise errors[0]
