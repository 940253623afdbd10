# SPDX-License-Identifier: Apache-2.0
"""Reader of Alice's Adventures in Wonderland: one file, one item per paragraph.

Title, author and edition before the first chapter are left out, and so are the headings
of the chapters.
"""

import hashlib
import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from components.contracts.texts import TOKEN_PATTERN
from components.core.errors import DataRefused
from components.core.files import require_regular_file
from components.ingest.formats.gutenberg import read_body
from components.ingest.item import Chunk, TextItem

FILE: Final = "alice.txt"
_CHAPTER: Final = re.compile(r"^CHAPTER ([IVXLC]+)\b.*$", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n\s*\n")
_ROMAN: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


class Paragraph(NamedTuple):
    """A paragraph with its chapter, numbered as in the heading."""

    item_id: str
    chapter: str
    text: str


def check_files(raw_dir: Path) -> None:
    """Check that the file has chapters with paragraphs.

    Raises:
        DataRefused: It has none.
    """
    if not any(_paragraphs(_body(raw_dir))):
        raise DataRefused(
            f"{raw_dir / FILE}: expected lines that begin with CHAPTER and a Roman "
            "number, and paragraphs after them.\nReceived a text without any."
        )


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Return the whole book as one chunk: a paragraph's position depends on all others.

    Args:
        raw_dir: Folder of the file.
    """
    return [Chunk(0, "book", 0, len(list(_paragraphs(_body(raw_dir)))))]


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[TextItem]:
    """Read the paragraphs in order; a faulty one is marked, never an error.

    Args:
        raw_dir: Folder of the file.
        chunk: The chunk.
    """
    paragraphs = list(_paragraphs(_body(raw_dir)))
    counts = [len(re.findall(TOKEN_PATTERN, p.text.lower())) for p in paragraphs]
    before = list(accumulate(counts, initial=0))
    total = max(1, before[-1])
    items = (
        _item(paragraph, position, before[position] / total, num_words)
        for position, (paragraph, num_words) in enumerate(
            zip(paragraphs, counts, strict=True)
        )
    )
    return list(items)[chunk.start : chunk.start + chunk.count]


def _item(
    paragraph: Paragraph, position: int, preceding_share: float, num_words: int
) -> TextItem:
    text = paragraph.text
    return TextItem(
        item_id=paragraph.item_id,
        label=paragraph.chapter,
        text=text,
        position=position,
        preceding_share=preceding_share,
        num_characters=len(text),
        num_words=num_words,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        fault="not all of it is UTF-8" if "\ufffd" in text else "",
    )


def _paragraphs(body: str) -> Iterator[Paragraph]:
    """Yield the paragraphs in order, their lines joined by blanks."""
    _, *chapters = _CHAPTER.split(body)
    for number, (numeral, text) in enumerate(
        zip(chapters[::2], chapters[1::2], strict=True), 1
    ):
        blocks = (" ".join(block.split()) for block in _BLANK_LINES.split(text))
        for index, block in enumerate(filter(None, blocks), 1):
            # Counted here, so that ids rise even if a chapter is missing or repeated.
            item_id = f"{number:02d}/{index:04d}"
            yield Paragraph(item_id, f"{_value(numeral):02d}", block)


def _value(numeral: str) -> int:
    """Value of a Roman numeral."""
    digits = [_ROMAN[letter] for letter in numeral]
    following = [*digits[1:], 0]
    return sum(d if d >= n else -d for d, n in zip(digits, following, strict=True))


def _body(raw_dir: Path) -> str:
    require_regular_file(raw_dir / FILE)
    return read_body((raw_dir / FILE).read_bytes())
