# SPDX-License-Identifier: Apache-2.0
"""Reader of ratings: tables with a row per rating, or the files of MovieLens-100k.

A rating becomes an item called after its file: `ratings/0000123`. A row that breaks a
rule is marked with the reason, and never an error. A table with items and titles, and
without users, names the items.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from components.contracts.ratings_layout import RatingsLayout
from components.contracts.table_values import parse_date, parse_number
from components.core.errors import DataRefused
from components.core.records import unknown_name
from components.core.shortening import quote
from components.ingest.formats.movielens import (
    has_movielens,
    read_lines,
    read_titles,
)
from components.ingest.formats.tables import (
    delimiter_of,
    is_parquet,
    list_tables,
    official_split,
    read_header,
    read_records,
    table_name,
)
from components.ingest.item import Chunk, RatingItem
from components.ingest.reader_options import ReaderOptions, read_reader_options

# A chunk ends here: memory holds one chunk per worker.
CHUNK_ROWS: Final = 20_000
_DIGITS: Final = 7
# Chunks of the files of MovieLens-100k have this part.
_MOVIELENS: Final = "u"
_SECONDS_PER_DAY: Final = 86_400
# Year 2262, the last that nanoseconds of pandas can hold.
_LATEST: Final = 9_223_372_036
_LONGEST: Final = 200


def check_files(raw_dir: Path) -> None:
    """Check that there are ratings with the columns of the source list.

    Raises:
        DataRefused: There is no table of ratings, or a column is missing.
    """
    try:
        if not has_movielens(raw_dir):
            _check_tables(raw_dir)
        if not list_chunks(raw_dir):
            raise DataRefused(f"{raw_dir}: expected ratings.\nReceived no row.")
    except DataRefused as error:
        # The folder is one of the pipeline; the user's has files of the same names.
        raise DataRefused(str(error).replace(f"{raw_dir}/", "")) from None


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Cut the ratings into chunks of `CHUNK_ROWS` rows.

    Args:
        raw_dir: Folder of the raw files.
    """
    if has_movielens(raw_dir):
        count = len(read_lines(raw_dir))
        starts = range(0, count, CHUNK_ROWS)
        return [
            Chunk(n, _MOVIELENS, start, min(CHUNK_ROWS, count - start))
            for n, start in enumerate(starts)
        ]
    layout = _layout(read_reader_options(raw_dir))
    chunks: list[Chunk] = []
    for path in _rating_tables(raw_dir, layout):
        for start, count, offset in _cut(path, layout):
            chunks.append(Chunk(len(chunks), path.name, start, count, offset))
    return chunks


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[RatingItem]:
    """Read one chunk; a faulty rating is marked, never an error.

    Args:
        raw_dir: Folder of the raw files.
        chunk: The chunk.
    """
    layout = _layout(read_reader_options(raw_dir))
    titles = _titles(raw_dir, layout)
    if chunk.part == _MOVIELENS:
        lines = read_lines(raw_dir)[chunk.start : chunk.start + chunk.count]
        return [
            _item(
                f"{_MOVIELENS}/{number:0{_DIGITS}d}",
                dict(
                    zip(("user", "item", "rating", "time"), line.fields, strict=False)
                ),
                line.fold,
                layout,
                titles,
                number,
            )
            for number, line in enumerate(lines, chunk.start)
        ]
    return list(_read_table(raw_dir / chunk.part, chunk, layout, titles))


def _read_table(
    path: Path, chunk: Chunk, layout: RatingsLayout, titles: Mapping[str, str]
) -> Iterator[RatingItem]:
    header = read_header(path, layout.delimiter)
    position = {name: place for place, name in enumerate(header)}
    wanted = {
        "user": layout.user,
        "item": layout.item,
        "rating": layout.rating,
        "time": layout.time,
        "title": layout.title,
    }
    places = {
        name: position[column] for name, column in wanted.items() if column in position
    }
    name, split = table_name(path), official_split(path)
    delimiter = delimiter_of(path, layout.delimiter)
    records = islice(read_records(path, delimiter, chunk.offset), chunk.count)
    for number, record in enumerate(records, chunk.start):
        fault = record.fault
        if not fault and len(record.fields) != len(header):
            fault = (
                f"wrong number of fields: {len(record.fields)} in place of "
                f"{len(header)}"
            )
        cells = (
            {} if fault else {k: record.fields[place] for k, place in places.items()}
        )
        item_id = f"{name}/{number:0{_DIGITS}d}"
        yield _item(item_id, cells, split, layout, titles, number, fault)


def _item(
    item_id: str,
    cells: Mapping[str, str],
    split: str,
    layout: RatingsLayout,
    titles: Mapping[str, str],
    number: int,
    fault: str = "",
) -> RatingItem:
    user, item = (cells.get(name, "").strip() for name in ("user", "item"))
    for name, value in (("user", user), (layout.called, item)):
        if not fault and not value:
            fault = f"{name} missing"
        if not fault and len(value) > _LONGEST:
            fault = f"{name} too long: {len(value)} letters"
        # A vocabulary of Transform holds a name per line.
        if not fault and any(letter < " " for letter in value):
            fault = f"{name} has a line break or another control character"
    rating, problem = _rating(cells.get("rating", ""), layout)
    fault = fault or problem
    time, problem = _time(cells.get("time", ""), layout, number)
    fault = fault or problem
    return RatingItem(
        item_id=item_id,
        label="",
        content_sha256="" if fault else pair_sha256(user, item),
        official_split=split,
        fault=fault,
        user=user,
        item=item,
        title=titles.get(item, "") or cells.get("title", "").strip(),
        time=time,
        target=rating,
    )


def pair_sha256(user: str, item: str) -> str:
    """Compute the checksum of a rating: that of the user and of what was rated."""
    return hashlib.sha256(json.dumps([user, item]).encode()).hexdigest()


def _rating(cell: str, layout: RatingsLayout) -> tuple[float | None, str]:
    cell = cell.strip()
    if not cell:
        return None, "rating missing"
    try:
        rating = parse_number(cell)
    except ValueError:
        return None, f"not a rating: {quote(cell)}"
    if rating not in layout.values:
        return rating, f"not a rating: {quote(cell)}"
    return rating, ""


def _time(cell: str, layout: RatingsLayout, number: int) -> tuple[int, str]:
    if not layout.time:
        return number, ""
    cell = cell.strip()
    try:
        seconds = parse_number(cell)
    except ValueError:
        # Every date begins with one; to try all their formats takes long.
        if not cell[:1].isdecimal():
            return 0, f"not a time: {quote(cell)}"
        try:
            seconds = parse_date(cell) * _SECONDS_PER_DAY
        except (ValueError, OverflowError):
            return 0, f"not a time: {quote(cell)}"
    if not math.isfinite(seconds) or not 0 <= seconds <= _LATEST:
        return 0, f"not a time: {quote(cell)}"
    # Not by `parse_number`, whose numbers are of single precision for some.
    time = int(cell) if cell.isdecimal() else round(seconds)
    if layout.latest and time >= (parse_date(layout.latest) + 1) * _SECONDS_PER_DAY:
        return time, f"after {layout.latest}: {quote(cell)}"
    return time, ""


def _titles(raw_dir: Path, layout: RatingsLayout) -> Mapping[str, str]:
    files = tuple((path, path.stat().st_mtime_ns) for path in sorted(raw_dir.iterdir()))
    return _read_titles(raw_dir, layout, files)


@lru_cache(maxsize=4)
def _read_titles(
    raw_dir: Path, layout: RatingsLayout, files: tuple[tuple[Path, int], ...]
) -> Mapping[str, str]:
    """Titles of the items; `files` is there for the cache alone."""
    del files
    if has_movielens(raw_dir):
        return read_titles(raw_dir)
    titles: dict[str, str] = {}
    for path in _title_tables(raw_dir, layout):
        header = read_header(path, layout.delimiter)
        item, title = header.index(layout.item), header.index(layout.title)
        delimiter = delimiter_of(path, layout.delimiter)
        for record in islice(read_records(path, delimiter), 1, None):
            if len(record.fields) == len(header):
                fields = record.fields
                titles.setdefault(fields[item].strip(), fields[title].strip())
    return titles


def _check_tables(raw_dir: Path) -> None:
    options = read_reader_options(raw_dir)
    layout = _layout(options)
    tables = list_tables(raw_dir)
    if not tables:
        raise DataRefused(
            f"{options.dataset}: expected tables of ratings, or the files of "
            "MovieLens-100k.\nReceived none whose name ends with .csv or .tsv."
        )
    if packed := [path.name for path in tables if is_parquet(path)]:
        raise DataRefused(
            f"{packed[0]}: expected ratings as CSV or TSV.\nReceived Parquet. Export "
            "it as CSV."
        )
    if not _rating_tables(raw_dir, layout):
        path = tables[0]
        header = read_header(path, layout.delimiter)
        missing = next(name for name in layout.headers if name not in header)
        what = f"{path}: the source list names a column that it does not have"
        raise DataRefused(unknown_name(missing, header, what))
    names = [table_name(path) for path in tables]
    if len(set(names)) < len(names):
        raise DataRefused(
            f"{options.dataset}: two tables have one name, so have their ratings.\n"
            f"Received {', '.join(names)}. Rename one of the files."
        )


def _rating_tables(raw_dir: Path, layout: RatingsLayout) -> list[Path]:
    return [p for p in _text_tables(raw_dir) if _has(p, layout, layout.headers)]


def _title_tables(raw_dir: Path, layout: RatingsLayout) -> list[Path]:
    if not layout.title:
        return []
    return [
        path
        for path in _text_tables(raw_dir)
        if _has(path, layout, (layout.item, layout.title))
        and not _has(path, layout, (layout.user,))
    ]


def _text_tables(raw_dir: Path) -> list[Path]:
    return [path for path in list_tables(raw_dir) if not is_parquet(path)]


def _has(path: Path, layout: RatingsLayout, wanted: Sequence[str]) -> bool:
    return set(wanted) <= set(read_header(path, layout.delimiter))


def _cut(path: Path, layout: RatingsLayout) -> Iterator[tuple[int, int, int]]:
    """Yield first row, number of rows, and byte where they begin, of each chunk."""
    start = offset = count = 0
    delimiter = delimiter_of(path, layout.delimiter)
    # After the header.
    for record in islice(read_records(path, delimiter), 1, None):
        if count == CHUNK_ROWS:
            yield start, count, offset
            start, count = start + count, 0
        if count == 0:
            offset = record.offset
        count += 1
    if count:
        yield start, count, offset


def _layout(options: ReaderOptions) -> RatingsLayout:
    if options.ratings is None:
        raise DataRefused(
            f"expected the key `ratings` in the source list of {options.dataset}.\n"
            "Received none."
        )
    return options.ratings
