# SPDX-License-Identifier: Apache-2.0
"""A small book of twelve chapters, with header and footer of Project Gutenberg.

    folder = write_book(tmp_path / "raw")
    write_source_list(tmp_path / "data" / "alice" / "source.yaml", folder)

Plant a fault by changing the file, before `write_source_list` if the checksums
are to match.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from components.ingest.formats.gutenberg import body_sha256, read_body

FILE = "alice.txt"
NUMERALS = "I II III IV V VI VII VIII IX X XI XII".split()
# The number that the expectations of the real book demand.
PARAGRAPHS = 66

HEADER = """\ufeffProject Gutenberg's A Book, by Nobody

This eBook is for the use of anyone anywhere.

[Last updated: December 20, 2011]

"""
START = "*** START OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n\n"
TITLE = "A BOOK\n\nNobody\n\nTHE MILLENNIUM FULCRUM EDITION 3.0\n"
TRADE_MARK = "\n\nEnd of Project Gutenberg's A Book, by Nobody\n"
END = "\n*** END OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n"

_NOUNS = "rabbit hatter queen duchess mouse gryphon king turtle cat garden".split()
_VERBS = "saw said found heard followed asked lost liked don't couldn't".split()
_OTHERS = "the a very curious little white mad old rather sadly".split()


def write_book(folder: Path, chapters: int = 12, paragraphs: int = PARAGRAPHS) -> Path:
    """Write the file and return its folder.

    Args:
        folder: Where to write; made if needed.
        chapters: Number of chapters. Defaults to 12.
        paragraphs: Paragraphs of each. Defaults to 66.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(wrap(draw_book(chapters, paragraphs)))
    return folder


def draw_book(chapters: int, paragraphs: int) -> str:
    """Draw a book of sentences from few words, the same each time."""
    random = np.random.default_rng(0)
    parts = [TITLE]
    for numeral in NUMERALS[:chapters]:
        texts = "\n\n".join(_paragraph(random) for _ in range(paragraphs))
        parts.append(f"\nCHAPTER {numeral}. Of the Rabbit\n\n{texts}\n")
    return "\n".join(parts) + "\n              THE END"


def wrap(body: str) -> bytes:
    """Add the header, marks and Windows line ends of the publisher."""
    text = f"{HEADER}{START}{body}\n{TRADE_MARK}{END}"
    return text.replace("\n", "\r\n").encode()


def write_source_list(path: Path, folder: Path) -> Path:
    """Write a source list of `alice` that describes the file in `folder`."""
    content = (folder / FILE).read_bytes()
    file = {
        "name": FILE,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "body_sha256": body_sha256(content),
        "body_characters": len(read_body(content)),
    }
    record = {
        "dataset": "alice",
        "title": "A drawn book for tests",
        "licence": "none",
        "redistributable": True,
        "citation": "",
        "modality": "text",
        "variants": {"official": {"files": [file], "sources": []}},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(record))
    return path


def _paragraph(random: np.random.Generator) -> str:
    """Draw a few sentences, broken into lines."""
    words = " ".join(_sentence(random) for _ in range(random.integers(1, 6))).split()
    return "\n".join(_lines(words))


def _sentence(random: np.random.Generator) -> str:
    other, noun, verb, last = (
        str(random.choice(words)) for words in (_OTHERS, _NOUNS, _VERBS, _NOUNS)
    )
    return f"The {other} {noun} {verb} the {last}, and 'Oh!' {verb} the {noun}."


def _lines(words: list[str], length: int = 11) -> Iterator[str]:
    for start in range(0, len(words), length):
        yield " ".join(words[start : start + length])
