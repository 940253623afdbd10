# SPDX-License-Identifier: Apache-2.0
"""Reader of any texts: one file, or an archive of files, one item per paragraph.

Paragraphs are separated by blank lines; where a file has none, each line is one. The
label of a paragraph is the folder of its file, or where there are no folders the name
of the file without extension. Files are UTF-8, with or without byte order mark, or
UTF-16 with one. A paragraph with other bytes becomes a faulty item.
"""

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Final

from components.contracts.texts import count_words, script_without_blanks
from components.core.errors import DataRefused
from components.core.files import require_regular_file
from components.core.shortening import enumerate_names
from components.ingest.formats.archives import (
    SUFFIXES,
    DamagedMember,
    find_archive,
    list_members,
    read_member,
)
from components.ingest.formats.gutenberg import strip_wrapper
from components.ingest.item import Chunk, TextItem

TEXT_SUFFIXES: Final = (".txt", ".text", ".md", ".rst")
# All texts are in memory at once, because the split of a paragraph depends on the
# number of words before it.
MAX_BYTES: Final = 64 << 20
# Words of a run of paragraphs that are evaluated together: memory of an evaluation
# grows with words times vocabulary.
SECTION_WORDS: Final = 1000
_BLANK_LINES: Final = re.compile(r"\n[^\S\n]*\n")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REPLACED: Final = "\ufffd"
_SOFT_HYPHEN: Final = "\u00ad"
# Paragraphs that are looked at to recognise the script.
_LOOKED_AT: Final = 1000


@dataclass(frozen=True)
class _Text:
    """One file, read."""

    label: str
    text: str
    fault: str = ""


@dataclass(frozen=True)
class _Paragraph:
    """One paragraph, not yet numbered among all."""

    item_id: str
    label: str
    text: str
    num_words: int
    fault: str


def check_files(raw_dir: Path) -> None:
    """Check that there are paragraphs.

    Raises:
        DataRefused: There is no text, all is blank, or it is too much for memory.
    """
    if not any(not paragraph.fault for paragraph in _paragraphs(raw_dir)):
        raise DataRefused(
            f"{raw_dir}: expected texts in UTF-8, with words in them.\n"
            "Received none that can be read."
        )


def find_unseparated_script(raw_dir: Path) -> str:
    """Name the script of the texts if no blanks separate its words; else "".

    Args:
        raw_dir: Folder of the raw files.
    """
    looked_at = islice(_paragraphs(raw_dir), _LOOKED_AT)
    return script_without_blanks(paragraph.text for paragraph in looked_at)


def list_chunks(raw_dir: Path) -> list[Chunk]:
    """Return all texts as one chunk: a paragraph's place depends on all before it.

    Args:
        raw_dir: Folder of the raw files.
    """
    return [Chunk(0, "texts", 0, len(list(_paragraphs(raw_dir))))]


def read_chunk(raw_dir: Path, chunk: Chunk) -> list[TextItem]:
    """Read the paragraphs in order; a faulty one is marked, never an error.

    Args:
        raw_dir: Folder of the raw files.
        chunk: The chunk.
    """
    paragraphs = list(_paragraphs(raw_dir))
    before = list(accumulate((p.num_words for p in paragraphs), initial=0))
    total = max(1, before[-1])
    items = (
        _item(paragraph, position, before[position] / total)
        for position, paragraph in enumerate(paragraphs)
    )
    return list(items)[chunk.start : chunk.start + chunk.count]


def decode(content: bytes) -> str:
    """Decode a text; bytes that are neither UTF-8 nor UTF-16 become U+FFFD.

    Args:
        content: Bytes of the file.
    """
    is_utf_16 = content.startswith(_UTF_16)
    text = content.decode("utf-16" if is_utf_16 else "utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(_SOFT_HYPHEN, "")
    # An accent as a sign of its own would make another word of the same letters.
    return unicodedata.normalize("NFC", text)


def _item(paragraph: _Paragraph, position: int, preceding_share: float) -> TextItem:
    text = paragraph.text
    return TextItem(
        item_id=paragraph.item_id,
        label=paragraph.label,
        text=text,
        position=position,
        preceding_share=preceding_share,
        num_characters=len(text),
        num_words=paragraph.num_words,
        content_sha256=hashlib.sha256(text.encode()).hexdigest(),
        fault=paragraph.fault,
    )


def _paragraphs(raw_dir: Path) -> Iterator[_Paragraph]:
    """Yield all paragraphs in reading order, numbered by section and paragraph."""
    texts = list(_read_texts(raw_dir))
    blocks = [(text, list(_blocks(text))) for text in texts]
    most = sum(len(found) for _, found in blocks)
    # As many digits as the last one needs, so that identifiers sort like numbers.
    digits = max(4, len(str(most)))
    section = 0
    for text, found in blocks:
        number = words = 0
        for block in found:
            num_words = count_words(block)
            if number == 0 or words + num_words > SECTION_WORDS:
                section, number, words = section + 1, 0, 0
            number, words = number + 1, words + num_words
            item_id = f"{section:0{digits}d}/{number:0{digits}d}"
            fault = text.fault or _encoding_fault(block)
            yield _Paragraph(item_id, text.label, block, num_words, fault)


def _blocks(text: _Text) -> Iterator[str]:
    """Yield the paragraphs of a text, their lines joined by blanks."""
    if text.fault:
        yield text.text
        return
    body = strip_wrapper(text.text)
    parts = _BLANK_LINES.split(body)
    if len(parts) == 1:
        parts = body.split("\n")
    yield from filter(None, (" ".join(part.split()) for part in parts))


def _encoding_fault(text: str) -> str:
    if _REPLACED in text:
        return "not all of it is UTF-8: save the file in that encoding"
    return "not a text: it has zero bytes" if "\0" in text else ""


def _read_texts(raw_dir: Path) -> Iterator[_Text]:
    if any(path.suffix in SUFFIXES for path in raw_dir.iterdir()):
        yield from _read_archive(find_archive(raw_dir))
        return
    files = sorted(p for p in raw_dir.iterdir() if p.suffix in TEXT_SUFFIXES)
    if not files:
        names = enumerate_names(path.name for path in raw_dir.iterdir())
        raise DataRefused(
            f"{raw_dir}: expected an archive of texts, or files that end with "
            f"{', '.join(TEXT_SUFFIXES)}.\nReceived {names or 'nothing'}."
        )
    _refuse_much(raw_dir, sum(path.stat().st_size for path in files))
    for path in files:
        require_regular_file(path)
        yield _Text(path.stem, decode(path.read_bytes()))


def _read_archive(archive: Path) -> Iterator[_Text]:
    members = list_members(archive)
    _refuse_much(archive, sum(member.size for member in members if not member.fault))
    labels = _labels([member.name for member in members])
    for member, label in zip(members, labels, strict=True):
        fault = member.fault
        if not fault:
            try:
                yield _Text(label, decode(read_member(archive, member)))
                continue
            except DamagedMember as error:
                fault = f"damaged in the archive: {error}"
        yield _Text(label, member.name, fault)


def _labels(names: Sequence[str]) -> list[str]:
    """The folder of each file, below folders that all share; else its own name."""
    paths = [name.split("/") for name in names]
    while len({tuple(path[:1]) for path in paths}) == 1 and all(p[1:] for p in paths):
        paths = [path[1:] for path in paths]
    if all(len(path) > 1 for path in paths):
        return [path[0] for path in paths]
    return [_stem(path[-1]) for path in paths]


def _stem(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in TEXT_SUFFIXES else name


def _refuse_much(path: Path, num_bytes: int) -> None:
    if num_bytes > MAX_BYTES:
        raise DataRefused(
            f"{path}: expected texts of at most {MAX_BYTES:,} bytes together.\n"
            f"Received {num_bytes:,}. Give a part of them."
        )
