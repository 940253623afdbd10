# SPDX-License-Identifier: Apache-2.0
"""Which edition of a book a file holds, whatever the publisher wrapped it in."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest

from components.core.errors import DataNotObtainable, DataRefused
from components.ingest.download_sources import DataFile
from components.ingest.fetch.fetch import fetch
from components.ingest.formats.gutenberg import body_sha256, read_body, update_date
from components.ingest.gutenberg_editions import find_difference, is_expected
from components.ingest.source_list import SourceList
from components.ingest.variant import Variant

BOOK = "CHAPTER I. Home\n\nShe sat.\n\n'Oh!' she said.\n\nTHE END"
HEADER = "\ufeffProject Gutenberg's Book\n\n[Last updated: December 20, 2011]\n\n"
START = "*** START OF THIS PROJECT GUTENBERG EBOOK BOOK ***\n\n\n"
END = "*** END OF THIS PROJECT GUTENBERG EBOOK BOOK ***"
TRADE_MARK = "End of Project Gutenberg's Book"
WANTED = f"{HEADER}{START}{BOOK}\n\n{TRADE_MARK}\n\n{END}\n".replace(
    "\n", "\r\n"
).encode()
# As it is wrapped today: other marks, another header, a long licence behind.
REWRAPPED = (
    "The Project Gutenberg eBook of Book\n\nMost recently updated: June 26, 2025\n\n"
    f"*** START OF THE PROJECT GUTENBERG EBOOK BOOK ***\n{BOOK}\n"
    "*** END OF THE PROJECT GUTENBERG EBOOK BOOK ***\nUpdated editions will replace.\n"
).encode()
REVISED = REWRAPPED.replace(b"She sat.", b"She was sitting.")

FILE = DataFile(
    name="book.txt",
    size=len(WANTED),
    sha256=hashlib.sha256(WANTED).hexdigest(),
    body_sha256=hashlib.sha256(BOOK.encode()).hexdigest(),
    body_characters=len(BOOK),
)


def test_body_is_the_book_alone() -> None:
    assert read_body(WANTED) == BOOK


def test_wrapping_does_not_count() -> None:
    assert find_difference(WANTED, FILE) == ""
    assert find_difference(REWRAPPED, FILE) == ""


def test_another_edition_is_named_by_its_own_date_and_length() -> None:
    difference = find_difference(REVISED, FILE)

    assert difference.startswith("another edition: updated June 26, 2025.")
    assert FILE.body_sha256 in difference
    assert body_sha256(REVISED) in difference
    assert difference.endswith(f"{len(BOOK) + 8} characters, 8 more than wanted")


def test_known_edition_is_named_as_the_source_list_does() -> None:
    file = replace(FILE, editions={"the edition of 1897": body_sha256(REVISED)})

    assert "another edition: the edition of 1897." in find_difference(REVISED, file)


def test_book_without_marks_is_named_as_undated() -> None:
    cut = WANTED.decode("utf-8-sig").partition("***")[2].encode()

    assert "another edition: one without a date" in find_difference(cut, FILE)


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("[Last updated: December 20, 2011]", "December 20, 2011"),
        ("[Most recently updated: October 12, 2020]", "October 12, 2020"),
        ("                Most recently updated: June 26, 2025", "June 26, 2025"),
        ("Release Date: March, 1994", ""),
    ],
)
def test_date_is_read_from_the_header(line: str, date: str) -> None:
    assert update_date(f"Title\r\n{line}\r\n\r\n{START}".encode()) == date


def test_date_inside_the_book_is_not_the_edition_s() -> None:
    assert update_date(f"Title\n\n{START}Updated: yesterday\n".encode()) == ""


def test_edition_in_place_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_bytes(REVISED)

    with pytest.raises(DataRefused, match=r"updated June 26, 2025(.|\n)*left as it is"):
        fetch(_sources(), "official", tmp_path)
    assert (tmp_path / "book.txt").read_bytes() == REVISED


def test_folder_with_another_edition_does_not_serve(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "book.txt").write_bytes(REVISED)

    with pytest.raises(DataNotObtainable, match="another edition: updated June 26"):
        fetch(_sources(), "official", tmp_path / "raw", given=folder)
    assert not (tmp_path / "raw" / "book.txt").exists()


def test_folder_with_the_book_in_another_wrapping_serves(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "book.txt").write_bytes(REWRAPPED)

    fetch(_sources(), "official", tmp_path / "raw", given=folder)

    assert is_expected(tmp_path / "raw" / "book.txt", FILE)


def _sources() -> SourceList:
    return SourceList(
        dataset="alice",
        title="A book",
        licence="none",
        redistributable=True,
        citation="",
        modality="text",
        variants={"official": Variant(files=(FILE,), sources=())},
    )


@pytest.mark.parametrize("filler", ["\n", " \n", "\r\n", "[", "*** \n", "updated: \n"])
def test_time_grows_with_the_length_of_a_text_only(filler: str) -> None:
    header = (filler * 600_000).encode()
    before = time.process_time()
    find_difference(header + REVISED, FILE)
    assert update_date(header + REVISED) in ("", "June 26, 2025")
    assert time.process_time() - before < 2


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\0"])
def test_text_without_any_text_is_another_edition(content: bytes) -> None:
    assert find_difference(content, FILE).startswith("another edition: ")
