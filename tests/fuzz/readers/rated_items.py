# SPDX-License-Identifier: Apache-2.0
"""What a caller of `prodl predict` rated: JSON, and files of ratings."""

import json
from pathlib import Path

from components.contracts.ratings_layout import RatingsLayout
from components.serving.rating_files import Unreadable, read_rated
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_language

DECLARED = (Unreadable,)
MEMORY_MB = 1000
LAYOUT = RatingsLayout(item="film", title="name", called="film")
FILMS = {"Fog": 4, "Low tide (1994)": 2.5, "Éclair": 5}
TOKENS = [
    *(",", "\t", '"', '""', "\n", "\r", "\0", "\ufeff", "\\", "[", "]", "{", "}", ":"),
    *("film", "rating", "name", "null", "true", "nan", "NaN", "Infinity", "-1", "6"),
    *("1e999", "9" * 400, "9" * 5000, "[" * 3000, '{"a":' * 2000, "x" * 5000),
]

mutate = mutate_language(TOKENS)


def draw_corpus(rng: Rng) -> list[bytes]:
    """An object, lists of pairs and of objects, JSON of other kinds, CSV and TSV."""
    rows = [{"film": film, "rating": rating} for film, rating in FILMS.items()]
    lines = [("film", "rating"), *((film, str(rated)) for film, rated in FILMS.items())]
    tables = ["\n".join(mark.join(line) for line in lines) for mark in (",", "\t")]
    contents = (FILMS, list(FILMS.items()), rows, 5, None, "Fog", [], {})
    # Longer than a field of Python's csv may be.
    long = f"film,rating\n{'x' * 200_000},4\n"
    return [text.encode() for text in (*map(json.dumps, contents), *tables, long, "")]


def run(content: bytes, folder: Path) -> None:
    """Read it as a file of each kind, and on the command line."""
    errors = []
    inputs = [folder / f"mine{suffix}" for suffix in (".json", ".csv", ".tsv")]
    for path in inputs:
        path.write_bytes(content)
    text = content.decode(errors="ignore").lstrip()
    given = [str(path) for path in inputs]
    for one in (*given, text) if text.startswith(("{", "[")) else given:
        try:
            read_rated(one, LAYOUT)
        except Unreadable as error:
            errors.append(error)
    # A sound input is of one kind.
    if len(errors) >= len(given):
        raise errors[0]
