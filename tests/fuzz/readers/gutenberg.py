# SPDX-License-Identifier: Apache-2.0
"""Texts of Project Gutenberg: compared with the expected book, and read."""

from pathlib import Path

from components.core.errors import ProdlError
from components.ingest.download_sources import DataFile
from components.ingest.gutenberg_editions import find_difference
from components.ingest.readers import alice
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_language

DECLARED = (ProdlError,)
MEMORY_MB = 1000
EXPECTED = DataFile("alice.txt", 100, "0" * 64, "1" * 64, 99, {"other": "2" * 64})
WORDS = "the rabbit went down a long hole and Alice, who was curious, followed".split()
TOKENS = [
    "*** START OF THE PROJECT GUTENBERG EBOOK ALICE ***\n",
    "*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\n",
    *("Most recently updated: May 1, 2020\n", "updated: ", "[", "]", "*** ", "***\n"),
    *("End of Project Gutenberg's Alice\n", "CHAPTER IV\n", "CHAPTER ", "I", "\n\n"),
    *(
        "\n",
        " \n",
        "\r\n",
        "\r",
        "\t",
        "\ufeff",
        "\0",
        "\x85",
        "\u2028",
        "'",
        "--",
        "a'",
    ),
]

mutate = mutate_language(TOKENS)


def draw_corpus(rng: Rng) -> list[bytes]:
    """A book, one without any mark, nothing, and a mark for UTF-8 alone."""
    return [
        _book(rng),
        b"".join(_paragraph(rng) for _ in range(5)),
        b"",
        b"\xef\xbb\xbf",
    ]


def run(content: bytes, folder: Path) -> None:
    """Compare it with a book, then read its paragraphs."""
    find_difference(content, EXPECTED)
    (folder / alice.FILE).write_bytes(content)
    alice.check_files(folder)
    for chunk in alice.list_chunks(folder):
        alice.read_chunk(folder, chunk)


def _book(rng: Rng) -> bytes:
    chapters = [
        b"CHAPTER %s\r\nA title\r\n\r\n" % number
        + b"".join(_paragraph(rng) for _ in range(4))
        for number in (b"I", b"II", b"III")
    ]
    header = f"\ufeffTitle: Alice\r\n{TOKENS[2]}\r\n{TOKENS[0]}\r\n".encode()
    return header + b"".join(chapters) + TOKENS[1].encode() + b"Licence\r\n"


def _paragraph(rng: Rng) -> bytes:
    words = [WORDS[n] for n in rng.integers(len(WORDS), size=30)]
    lines = (" ".join(words[start : start + 10]) for start in (0, 10, 20))
    return "\r\n".join([*lines, "", ""]).encode()
