# SPDX-License-Identifier: Apache-2.0
"""A CSV file is read record by record; a fault spoils its own record alone."""

from pathlib import Path

import pytest

from components.core.errors import DataRefused
from components.ingest.formats import tables
from components.ingest.formats.tables import (
    Record,
    find_delimiter,
    list_tables,
    official_split,
    read_header,
    read_records,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "birds.csv"


def _read(path: Path, content: bytes) -> list[Record]:
    path.write_bytes(content)
    return list(read_records(path, ","))


def _faults(records: list[Record]) -> list[str]:
    return [record.fault.partition(":")[0] for record in records]


def test_quoted_fields_hold_line_ends_and_delimiters(file: Path) -> None:
    records = _read(file, b'a,b\r\n"1,\n2","say ""x"""\r\n\r\n3,4')
    assert [r.fields for r in records] == [["a", "b"], ["1,\n2", 'say "x"'], ["3", "4"]]
    assert list(read_records(file, ",", records[2].offset)) == records[2:]


def test_mark_of_utf8_is_no_part_of_the_first_name(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfid,Gr\xc3\xb6\xc3\x9fe \n1,2\n")
    assert read_header(file) == ["id", "Gr\u00f6\u00dfe"]


def test_row_of_another_encoding_is_marked(file: Path) -> None:
    records = _read(file, "a,b\nGr\u00f6n,1\n".encode() + b"Gr\xf6n,2\nx,3\n")
    assert _faults(records) == ["", "", "not UTF-8", ""]
    assert records[1].fields == ["Gr\u00f6n", "1"]


@pytest.mark.parametrize("rest", [b"", b'4,"5"\n', b"x" * 200_000 + b"\n"])
def test_open_quote_spoils_its_own_line_alone(file: Path, rest: bytes) -> None:
    records = _read(file, b'a,b\n"1,2\n3,4\n' + rest)
    assert _faults(records)[:3] == ["", "cannot be parsed", ""]
    assert records[2].fields == ["3", "4"]


def test_line_without_end_is_marked_and_skipped(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_RECORD", 100)
    long = b"9" * 1000
    records = _read(file, b"a,b\n1,2\n" + long + b"\n3,4\n" + long)
    assert _faults(records) == ["", "", "too long", "", "too long"]
    assert records[3].fields == ["3", "4"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xff\xfea\0,\0b\0", "UTF-16"),
        (b"PK\x03\x04...", "spreadsheet"),
        (b"a,b\0\n", "no text"),
        (b"a\xe9,b\n1,2\n", "not UTF-8"),
        (b"a,b\r1,2\r", "new-line"),
        (b",".join(b"c%d" % n for n in range(3000)), "at most 2,000 columns"),
        (b"c," * (3 << 20), "too long"),
    ],
)
def test_what_is_no_table_is_refused(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(DataRefused, match=words):
        read_header(file)


def test_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "birds.parquet"
    file.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(DataRefused, match="cannot be read as Parquet"):
        read_header(file)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(file: Path, delimiter: str) -> None:
    rows = [["a", "b"], ['"1,5;\t|"', "2"], ["3", "4"]]
    file.write_text("\n".join(delimiter.join(row) for row in rows))
    assert find_delimiter(file) == delimiter


def test_delimiter_of_a_long_header_is_found(file: Path) -> None:
    """By another delimiter it is one name, longer than the csv module reads."""
    file.write_text(",".join(f"column{number}" for number in range(20_000)))
    assert find_delimiter(file) == ","
    with pytest.raises(DataRefused, match="at most 2,000 columns"):
        read_header(file)


def test_tables_come_in_the_order_of_their_items(tmp_path: Path) -> None:
    for name in ("b.TSV", "a.csv", "a-b.parquet", "notes.txt", "files.json"):
        (tmp_path / name).touch()
    assert [p.name for p in list_tables(tmp_path)] == ["a-b.parquet", "a.csv", "b.TSV"]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("test.csv", "test"),
        ("adult-train.tsv", "train"),
        ("a_Test.csv", "test"),
        ("latest.csv", ""),
        ("train_1.csv", ""),
    ],
)
def test_name_of_a_file_says_its_split(name: str, split: str) -> None:
    assert official_split(Path(name)) == split
