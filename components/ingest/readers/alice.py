# SPDX-License-Identifier: Apache-2.0
"""Reader of Alice's Adventures in Wonderland: one file, one item per paragraph.

What stands before the first chapter (title, author, edition) and the headings of the
chapters are not part of the text.
"""

import hashlib
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from components.contracts.items import TOKEN_PATTERN
from components.core.errors import DataRefused
from components.ingest.formats.gutenberg import read_body
from components.ingest.item import Chunk, TextItem

FILE: Final = "alice.txt"
_CHAPTER: Final = re.compile(r"^CHAPTER ([IVXLC]+)\b.*$", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n\s*\n")
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


class Paragraph(NamedTuple):
    """A paragraph and where it stands: the chapter by the number in its heading."""

    item_id: str
    chapter: str
    text: str


def check_files(raw_dir: Path) -> None:
    """Check that the file has chapters with text at all.

    Raises:
        DataRefused: It has none.
    """
    if not any(_paragraphs(_body(raw_dir))):
        raise DataRefused(
            f"{raw_dir / FILE}: expected lines that begin with CHAPTER and a Roman "
            "number, and paragraphs after them.\nReceived a text without any."
        )


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Take the book as one portion: it is small, and the places depend on all of it.

    Args:
        raw_dir: Folder of the file.
    """
    return [Chunk(0, "book", 0, len(list(_paragraphs(_body(raw_dir)))))]


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[TextItem]:
    """Read the paragraphs in order; a faulty one is marked, never an error.

    Args:
        raw_dir: Folder of the file.
        chunk: The portion.
    """
    paragraphs = list(_paragraphs(_body(raw_dir)))
    counts = [len(re.findall(TOKEN_PATTERN, p.text.lower())) for p in paragraphs]
    before = list(accumulate(counts, initial=0))
    items = (
        _item(paragraph, position, before[position] / before[-1], num_words)
        for position, (paragraph, num_words) in enumerate(
            zip(paragraphs, counts, strict=True)
        )
    )
    return list(items)[chunk.start : chunk.start + chunk.count]


def _item(
    paragraph: Paragraph, position: int, place: float, num_words: int
) -> TextItem:
    text = paragraph.text
    return TextItem(
        item_id=paragraph.item_id,
        label=paragraph.chapter,
        text=text,
        position=position,
        place=place,
        num_characters=len(text),
        num_words=num_words,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        fault="not all of it is UTF-8" if "\ufffd" in text else "",
    )


def _paragraphs(body: str) -> Iterator[Paragraph]:
    """Each paragraph in order, its lines joined by blanks."""
    _, *chapters = _CHAPTER.split(body)
    for number, (numeral, text) in enumerate(
        zip(chapters[::2], chapters[1::2], strict=True), 1
    ):
        blocks = (" ".join(block.split()) for block in _BLANK_LINES.split(text))
        for index, block in enumerate(filter(None, blocks), 1):
            # Counted, so that ids rise also where a chapter is missing or twice there.
            item_id = f"{number:02d}/{index:04d}"
            yield Paragraph(item_id, f"{_value(numeral):02d}", block)


def _value(numeral: str) -> int:
    """The number that a Roman numeral stands for."""
    digits = [_ROMAN[letter] for letter in numeral]
    following = [*digits[1:], 0]
    return sum(d if d >= n else -d for d, n in zip(digits, following, strict=True))


def _body(raw_dir: Path) -> str:
    return read_body((raw_dir / FILE).read_bytes())
