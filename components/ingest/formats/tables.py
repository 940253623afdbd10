# SPDX-License-Identifier: Apache-2.0
"""Tables as files: CSV, TSV and Parquet, read a part at a time.

A record of a CSV file that cannot be read is marked, and reading goes on after its
first line. So one open quote loses one row, not the rest of the file.
"""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from components.core.errors import DataRefused
from components.core.files import require_regular_file
from components.core.shortening import quote
from components.ingest.formats.damage import is_damage

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

SUFFIXES: Final = (".csv", ".tsv", ".parquet")
DELIMITERS: Final = (",", ";", "\t", "|")
MAX_COLUMNS: Final = 2000
# Most bytes of one record, the header among them.
MAX_RECORD: Final = 4 << 20

_BOM: Final = b"\xef\xbb\xbf"
_PARQUET: Final = b"PAR1"
# First bytes of files that are often taken for CSV files -> what they are.
_OTHER_FORMATS: Final = {
    b"\xff\xfe": "text in UTF-16. Save it as UTF-8",
    b"\xfe\xff": "text in UTF-16. Save it as UTF-8",
    b"PK\x03\x04": "a zip archive or a spreadsheet. Export each sheet as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet. Export each sheet as CSV",
    b"\x1f\x8b": "packed by gzip. Unpack it",
    _PARQUET: "a Parquet file. Let its name end with .parquet",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a CSV file."""

    offset: int
    """Byte of the file where it begins."""

    fields: list[str]
    """Its values, as they are written; empty for a faulty one."""

    fault: str = ""
    """Why it cannot be read, as `reason: detail`; "" for a sound one."""


def list_tables(folder: Path) -> list[Path]:
    """List the tables of a folder in the order of `table_name`."""
    files = [path for path in folder.iterdir() if is_table(path)]
    # As items are called NAME/0000123: `a-b` comes before `a`.
    return sorted(files, key=lambda path: f"{table_name(path)}/")


def is_table(path: Path) -> bool:
    """Whether the name of a file is one of a table."""
    return path.suffix.lower() in SUFFIXES


def is_parquet(path: Path) -> bool:
    """Whether a table is a Parquet file, by its name."""
    return path.suffix.lower() == ".parquet"


def table_name(path: Path) -> str:
    """Name of a table: that of its file without the suffix."""
    return path.stem


def official_split(path: Path) -> str:
    """The publisher's split of a file, by its name: `adult_test.csv` is `test`.

    Returns:
        "train", "test", or "" for a name that does not end so.
    """
    found = re.search(r"(?:^|[ ._-])(train|test)$", table_name(path).lower())
    return found[1] if found else ""


def delimiter_of(path: Path, delimiter: str = "") -> str:
    """The delimiter of a CSV file.

    Args:
        path: The file.
        delimiter: What its data set says. Defaults to nothing: the suffix decides.
    """
    return delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")


def find_delimiter(path: Path) -> str:
    """Guess the delimiter of a CSV file from its first records.

    Returns:
        The one of `DELIMITERS` by which they have the same number of fields, the most;
        a comma if none cuts them at all.

    Raises:
        DataRefused: The file is no text, or has no header.
    """

    def num_fields(delimiter: str) -> int:
        try:
            header = _read_csv_header(path, delimiter)
        except DataRefused:
            # A long line is one field by the wrong delimiter, and too long for one.
            return -1
        records = islice(read_records(path, delimiter), 1, 20)
        agree = all(len(r.fields) == len(header) for r in records if not r.fault)
        return len(header) if agree else 0

    counts = {delimiter: num_fields(delimiter) for delimiter in DELIMITERS}
    if max(counts.values()) < 0:
        _read_csv_header(path, ",")
    return max(counts, key=counts.__getitem__)


def read_header(path: Path, delimiter: str = "") -> list[str]:
    """Read the names of the columns, without spaces around them.

    Args:
        path: The table.
        delimiter: What its data set says. Defaults to nothing: the suffix decides.

    Raises:
        DataRefused: It is no table, is empty, or has more than `MAX_COLUMNS` columns.
    """
    require_regular_file(path)
    if is_parquet(path):
        header = [str(name) for name in open_parquet(path).schema_arrow.names]
    else:
        header = _read_csv_header(path, delimiter_of(path, delimiter))
    if len(header) > MAX_COLUMNS:
        raise DataRefused(
            f"{path}: expected at most {MAX_COLUMNS:,} columns.\n"
            f"Received {len(header):,}. Write a table of the columns that matter."
        )
    return [name.strip() for name in header]


def read_records(path: Path, delimiter: str, offset: int = 0) -> Iterator[Record]:
    """Read records of a CSV file, the header among them; empty lines are none.

    Args:
        path: The file.
        delimiter: Character between two values.
        offset: Where a record begins. Defaults to the beginning of the file.
    """
    with path.open("rb") as stream:
        if offset == 0 and stream.read(len(_BOM)) == _BOM:
            offset = len(_BOM)
        lines = _Lines(stream, offset)
        while True:
            # A reader is as new after each fault.
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            try:
                for fields in reader:
                    if fields:
                        yield _decode(lines.start, fields)
                    lines.begin_record()
                return
            except csv.Error as error:
                # A quoted field that never ends has swallowed the lines after it.
                yield Record(lines.start, [], f"cannot be parsed: {error}")
                lines.go_on(lines.first_end)
            except _TooLong:
                reason = f"too long: more than {MAX_RECORD:,} bytes"
                yield Record(lines.start, [], reason)
                lines.skip_line()


def open_parquet(path: Path) -> "ParquetFile":
    """Open a Parquet file.

    Raises:
        DataRefused: It is none, or is damaged.
    """
    # Here: it takes half a second to import, and most tables are CSV files.
    from pyarrow import parquet

    with refuse_damage(path):
        file = parquet.ParquetFile(path)
        # The names of its columns are read when they are asked for.
        _ = file.schema_arrow
    return file


def unreadable_type(kind: Any) -> str:
    """Name the type of a column of a Parquet file, if its values are none of a table.

    Args:
        kind: The type.

    Returns:
        Its name, or "" for numbers, texts and dates, also in a dictionary.
    """
    # As in `open_parquet`.
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    is_other = types.is_nested(kind) or types.is_binary(kind) or types.is_time(kind)
    return str(kind) if is_other else ""


@contextmanager
def refuse_damage(path: Path) -> Iterator[None]:
    """Refuse a Parquet file if what is read in the `with` block shows its damage.

    Raises:
        DataRefused: The file is damaged.
    """
    try:
        yield
    except Exception as error:
        # Of pyarrow, for a damaged file: OSError, UnicodeDecodeError and its own.
        if not is_damage(error):
            raise
        raise DataRefused(
            f"{path}: cannot be read as Parquet: {quote(str(error))}.\n"
            "Write the file again, or export the table as CSV."
        ) from None


class _TooLong(Exception):
    """A record is longer than `MAX_RECORD`."""


class _Lines:
    """Lines of a file for `csv.reader`, which knows where each record begins.

    Each byte is a character, because bytes that are no UTF-8 must spoil their own
    record alone, and the characters of the format are ASCII.
    """

    def __init__(self, stream: IO[bytes], offset: int) -> None:
        self._stream = stream
        self._end = offset
        # Where the record begins, and where its first line ends; 0 before it is read.
        self.start, self.first_end = offset, 0
        self.go_on(offset)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_RECORD + 1)
        if not line:
            raise StopIteration
        self._end += len(line)
        if self._end - self.start > MAX_RECORD:
            raise _TooLong
        self.first_end = self.first_end or self._end
        return line.decode("latin-1")

    def begin_record(self) -> None:
        """Take the lines so far for read."""
        self.start, self.first_end = self._end, 0

    def go_on(self, offset: int) -> None:
        """Go on at another byte of the file."""
        self._stream.seek(offset)
        self._end = offset
        self.begin_record()

    def skip_line(self) -> None:
        """Go on after the end of the line that was read last, in whole or in part."""
        self._stream.seek(self._end - 1)
        while (part := self._stream.readline(MAX_RECORD)) and part[-1:] != b"\n":
            pass
        self.go_on(self._stream.tell())


def _decode(offset: int, fields: list[str]) -> Record:
    try:
        texts = [
            field if field.isascii() else field.encode("latin-1").decode()
            for field in fields
        ]
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        return Record(offset, [], f"not UTF-8: byte {byte:#04x}")
    return Record(offset, texts)


def _read_csv_header(path: Path, delimiter: str) -> list[str]:
    with path.open("rb") as stream:
        start = stream.read(4096)
    for magic, words in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise DataRefused(f"{path}: expected a CSV file.\nReceived {words}.")
    if b"\0" in start:
        raise DataRefused(f"{path}: expected a CSV file.\nReceived bytes of no text.")
    header = next(read_records(path, delimiter), None)
    if header is None:
        raise DataRefused(
            f"{path} is empty.\nExpected a CSV file whose first line has the names of "
            "the columns."
        )
    if header.fault:
        raise DataRefused(
            f"{path}: its first line must have the names of the columns, in UTF-8, at "
            f"most {MAX_RECORD:,} bytes.\nIt has a fault, {header.fault}. Save it as "
            "UTF-8, with the columns that matter."
        )
    return header.fields
