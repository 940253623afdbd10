# SPDX-License-Identifier: Apache-2.0
"""What a caller rated: JSON on the command line, and files of ratings.

A rated item may be called by its name in the data set or by its title.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.contracts.ratings_layout import RatingsLayout
from components.core.files import require_regular_file
from components.core.shortening import quote, shorten

SUFFIXES: Final = (".csv", ".tsv", ".json")

# Ratings of one caller: no person gives as many.
_MAX_BYTES: Final = 16 << 20


class Unreadable(Exception):
    """An input that is no list of ratings."""


@dataclass(frozen=True)
class RatedItem:
    """One rating of a caller."""

    item: str
    """Name or title, as it was given."""

    rating: float
    """The rating."""


def is_ratings(given: str) -> bool:
    """Whether an input is a list of ratings, not the name of a user."""
    return given.lstrip().startswith(("{", "[")) or given.lower().endswith(SUFFIXES)


def read_rated(given: str, layout: RatingsLayout) -> list[RatedItem]:
    """Read the ratings of a caller.

    Args:
        given: JSON: an object of items and ratings, or a list of pairs or of objects;
            or a file that ends in .csv, .tsv or .json.
        layout: Headers of the data set, and its scale.

    Raises:
        Unreadable: It is no such thing; in one line.
    """
    if given.lstrip().startswith(("{", "[")):
        return _from_json(given, layout)
    path = Path(given)
    try:
        require_regular_file(path)
        size = path.stat().st_size
        if size > _MAX_BYTES:
            raise Unreadable(f"it has {size:,} bytes, more than {_MAX_BYTES:,}")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: byte {error.start}") from None
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    if path.suffix.lower() == ".json":
        return _from_json(text, layout)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else layout.delimiter or ","
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Unreadable(f"it is no CSV: {error}") from None
    return [_from_object(row, layout) for row in rows]


def _from_json(text: str, layout: RatingsLayout) -> list[RatedItem]:
    try:
        content = json.loads(text)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"it is no JSON: {shorten(str(error))}") from None
    if isinstance(content, dict):
        return [_rated(item, rating, layout) for item, rating in content.items()]
    if not isinstance(content, list):
        raise Unreadable(f"expected an object or a list, received {quote(content)}")
    return [
        _rated(row[0], row[1], layout)
        if isinstance(row, list) and len(row) == 2
        else _from_object(row, layout)
        for row in content
    ]


def _from_object(row: Any, layout: RatingsLayout) -> RatedItem:
    if not isinstance(row, Mapping):
        raise Unreadable(
            f"expected pairs of {layout.called} and rating, received {quote(row)}"
        )
    item = _field(row, (layout.item, "item", layout.title))
    return _rated(item, _field(row, (layout.rating, "rating")), layout)


def _field(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    for name in names:
        if name and row.get(name) not in (None, ""):
            return row[name]
    listed = ", ".join(str(name) for name in row)
    raise Unreadable(f"expected the column {names[0]!r}, received {quote(listed)}")


def _rated(item: Any, rating: Any, layout: RatingsLayout) -> RatedItem:
    try:
        number = float(rating)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"not a rating: {quote(rating)}") from None
    # False for NaN as well.
    if not layout.lowest <= number <= layout.highest:
        scale = f"{layout.lowest:g} to {layout.highest:g}"
        raise Unreadable(f"expected ratings of {scale}, received {number:g}")
    return RatedItem(str(item).strip(), number)
