# SPDX-License-Identifier: Apache-2.0
"""Ratings of a user's own, and the files of MovieLens-100k."""

from dataclasses import asdict
from pathlib import Path

from components.contracts.ratings_layout import RatingsLayout
from components.core.errors import ProdlError
from components.core.json_files import write_json
from components.ingest.reader_options import FILE, ReaderOptions
from components.ingest.readers import ratings
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_language

DECLARED = (ProdlError,)
MEMORY_MB = 1000
LAYOUT = RatingsLayout(
    item="film", time="time", title="name", latest="1998-04-30", called="film"
)
HEADER = ("user", "film", "rating", "time", "name")
ROWS = [
    (f"u{n % 3}", f"{n}", f"{n % 5 + 1}", f"{880_000_000 + n}", f"Film {n}")
    for n in range(20)
]
TOKENS = [
    *(",", "\t", "|", '"', '""', "\n", "\r", "\r\n", "\0", "\ufeff", "\\", " "),
    *("nan", "inf", "1e999", "4,5", "9" * 400, "9" * 5000, "\u0661", "-1", "0.5"),
    *("2020-13-45", "0001-01-01", "9999-12-31T23:59:60Z", "user", "rating", "film,"),
    *("x" * 5000, "u1\t2\t3\t880000000\n", "user,film,rating,time\n"),
]

mutate = mutate_language(TOKENS)


def draw_corpus(rng: Rng) -> list[bytes]:
    """A table as CSV and as TSV, lines of `u.data`, an empty file and a header."""
    lines = [HEADER, *ROWS]
    tables = ["\n".join(mark.join(line) for line in lines) for mark in (",", "\t")]
    data = "\n".join("\t".join(row[:4]) for row in ROWS)
    return [text.encode() for text in (*tables, data, "", ",".join(HEADER) + "\n")]


def run(content: bytes, folder: Path) -> None:
    """Read it as a table with titles, and as each file of MovieLens-100k."""
    errors = []
    for names in (("mine.csv",), ("mine.tsv",), ("u.data", "u.item", "u1.test")):
        raw = folder / names[0]
        raw.mkdir()
        write_json(raw / FILE, asdict(ReaderOptions("mine", ratings=LAYOUT)))
        for name in names:
            (raw / name).write_bytes(content)
        try:
            ratings.check_files(raw)
            for chunk in ratings.list_chunks(raw):
                ratings.read_chunk(raw, chunk)
        except ProdlError as error:
            errors.append(error)
    if len(errors) == 3:
        raise errors[0]
