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
from typing import Final

from components.errors import DataRefused
from components.ingest.gutenberg import read_body
from components.ingest.item import Chunk, TextItem
from components.items import TOKEN_PATTERN

FILE: Final = "alice.txt"
_CHAPTER: Final = re.compile(r"^CHAPTER ([IVXLC]+)\b.*$", re.MULTILINE)
_BLANK_LINES: Final = re.compile(r"\n\s*\n")


def check_files(raw_dir: Path) -> None:
    """Check that the file has chapters at all.

    Raises:
        DataRefused: It has none.
    """
    if not _CHAPTER.search(_body(raw_dir)):
        raise DataRefused(
            f"{raw_dir / FILE}: expected lines that begin with CHAPTER and a Roman "
            "number.\nReceived a text without any."
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
    counts = [len(re.findall(TOKEN_PATTERN, text.lower())) for _, text in paragraphs]
    before = list(accumulate(counts, initial=0))
    items = (
        _item(item_id, text, position, before[position] / before[-1], num_words)
        for position, ((item_id, text), num_words) in enumerate(
            zip(paragraphs, counts, strict=True)
        )
    )
    return list(items)[chunk.start : chunk.start + chunk.count]


def _item(
    item_id: str, text: str, position: int, place: float, num_words: int
) -> TextItem:
    return TextItem(
        item_id=item_id,
        label=item_id.partition("/")[0],
        text=text,
        position=position,
        place=place,
        num_characters=len(text),
        num_words=num_words,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        fault="not all of it is UTF-8" if "\ufffd" in text else "",
    )


def _paragraphs(body: str) -> Iterator[tuple[str, str]]:
    """Item id and text of each paragraph, its lines joined by blanks."""
    _, *chapters = _CHAPTER.split(body)
    for chapter, text in enumerate(chapters[1::2], 1):
        blocks = (" ".join(block.split()) for block in _BLANK_LINES.split(text))
        for paragraph, block in enumerate(filter(None, blocks), 1):
            yield f"{chapter:02d}/{paragraph:04d}", block


def _body(raw_dir: Path) -> str:
    return read_body((raw_dir / FILE).read_bytes())
