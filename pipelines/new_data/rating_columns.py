# SPDX-License-Identifier: Apache-2.0
"""Recognises tables of ratings by their headers, and finds their columns."""

import csv
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from components.contracts.ratings_layout import MOST_VALUES, RatingsLayout
from components.contracts.table_values import parse_number
from components.core.errors import DataRefused
from components.core.shortening import enumerate_names, quote
from components.ingest.fetch.offered import Offered
from components.ingest.formats.movielens import (
    FILMS,
    RATINGS,
    has_movielens,
    read_lines,
)
from components.ingest.formats.tables import (
    delimiter_of,
    find_delimiter,
    is_parquet,
    list_tables,
    read_header,
    read_records,
)

_USERS: Final = ("user", "userid", "username", "customer", "customerid", "reviewer")
_ITEMS: Final = {
    **dict.fromkeys(("film", "filmid", "movie", "movieid"), "film"),
    **dict.fromkeys(("book", "bookid", "isbn"), "book"),
    **dict.fromkeys(("product", "productid", "asin"), "product"),
    **dict.fromkeys(("song", "songid", "track", "trackid"), "song"),
    **dict.fromkeys(("item", "itemid"), "item"),
}
_RATINGS: Final = ("rating", "ratings", "stars", "score")
_TIMES: Final = ("time", "timestamp", "date", "datetime", "ratedat", "reviewtime")
_TITLES: Final = ("title", "name", "booktitle", "movietitle", "filmtitle")
# A table with more columns describes its rows by them.
_MOST_COLUMNS: Final = 7
_MOST_LISTED: Final = 10


def offers_ratings(files: Sequence[Offered]) -> bool:
    """Whether offered files are ratings: by a header, or the names of MovieLens-100k.

    Args:
        files: The files.
    """
    names = {Path(file.name).name for file in files}
    if RATINGS in names and FILMS in names:
        return True
    return any(_has_ratings(_first_line(f)) for f in files if _is_text_table(f))


def find_layout(raw_dir: Path) -> RatingsLayout:
    """Find the columns of ratings, and the values that they have.

    Args:
        raw_dir: Folder of the raw files.

    Raises:
        DataRefused: The ratings are of too many values, or are no numbers.
    """
    if has_movielens(raw_dir):
        values = _values(line.fields[2] for line in read_lines(raw_dir))
        return RatingsLayout(
            item="film", time="time", title="title", called="film", values=values
        )
    tables = [path for path in list_tables(raw_dir) if not is_parquet(path)]
    path = next(p for p in tables if _has_ratings(read_header(p, find_delimiter(p))))
    found = find_delimiter(path)
    header = read_header(path, found)
    item = next(name for name in header if _plain(name) in _ITEMS)
    rating = _one_of(header, _RATINGS)
    others = [read_header(other, found) for other in tables if other != path]
    # Titles stand beside the ratings, or in a table of items.
    listed = (_one_of(h, _TITLES) for h in (header, *others) if item in h)
    place = header.index(rating)
    records = islice(read_records(path, found), 1, None)
    cells = (r.fields[place] for r in records if len(r.fields) == len(header))
    return RatingsLayout(
        user=_one_of(header, _USERS),
        item=item,
        rating=rating,
        time=_one_of(header, _TIMES),
        title=next(filter(None, listed), ""),
        values=_values(cells),
        called=_ITEMS[_plain(item)],
        delimiter="" if found == delimiter_of(path) else found,
    )


def _values(cells: Iterable[str]) -> tuple[float, ...]:
    """Different ratings, but those that are rarer than one in a thousand."""
    counts: dict[str, int] = {}
    for cell in cells:
        counts[cell.strip()] = counts.get(cell.strip(), 0) + 1
    total = sum(counts.values())
    values = set()
    for cell, count in counts.items():
        if count * 1000 < total or not cell:
            continue
        try:
            values.add(parse_number(cell))
        except ValueError:
            raise DataRefused(
                f"expected ratings that are numbers.\nReceived {quote(cell)}, "
                f"{count:,} times."
            ) from None
    if not 2 <= len(values) <= MOST_VALUES:
        shown = sorted(values)[:_MOST_LISTED]
        listed = enumerate_names(f"{value:g}" for value in shown)
        raise DataRefused(
            f"expected ratings of 2 to {MOST_VALUES} different values.\nReceived "
            f"{len(values)}, such as {listed}. To take the table as rows, of which one "
            "column is to be predicted, say --target COLUMN."
        )
    return tuple(sorted(values))


def _has_ratings(header: Sequence[str]) -> bool:
    plain = [_plain(name) for name in header]
    return (
        len(plain) <= _MOST_COLUMNS
        and sum(name in _USERS for name in plain) == 1
        and sum(name in _ITEMS for name in plain) == 1
        and sum(name in _RATINGS for name in plain) == 1
    )


def _one_of(header: Sequence[str], names: Sequence[str]) -> str:
    """The first header that is one of some names; "" if none is."""
    return next((name for name in header if _plain(name) in names), "")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _is_text_table(file: Offered) -> bool:
    name = file.name.lower()
    return not file.fault and name.endswith((".csv", ".tsv", ".txt", ".data"))


def _first_line(file: Offered) -> list[str]:
    line = file.start().removeprefix(b"\xef\xbb\xbf").split(b"\n")[0]
    text = line.decode("latin-1").strip()
    delimiter = max(",;\t|", key=text.count)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []
