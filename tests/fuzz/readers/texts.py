# SPDX-License-Identifier: Apache-2.0
"""Texts of a user's own, in several languages and encodings."""

from pathlib import Path

from components.core.errors import ProdlError
from components.ingest.readers import texts
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_language

DECLARED = (ProdlError,)
MEMORY_MB = 1000
PARAGRAPHS = (
    "The rabbit went down a long hole -- and Alice, who was curious, followed.",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043a\u0430\u043a?",
    "Die Stra\u00dfe, gr\u00f6\u00dfer als \u201efr\u00fcher\u201c",
)
TOKENS = [
    *("\n", "\n\n", "\n \n", "\r\n", "\r", "\t", "\0", "\ufeff", "\ufffd", "\u00ad"),
    *(
        "\x85",
        "\u2028",
        "\u0301" * 50,
        "\u200c",
        "'",
        "'a'",
        "--",
        "\ufb03",
        "a" * 5000,
    ),
    *("*** START OF THE PROJECT GUTENBERG EBOOK X ***\n", "*** END OF THE PROJECT"),
]

mutate = mutate_language(TOKENS)


def draw_corpus(rng: Rng) -> list[bytes]:
    """Texts with and without blank lines, in UTF-8 and UTF-16."""
    text = "\r\n\r\n".join(PARAGRAPHS * 3)
    lines = "\n".join(PARAGRAPHS)
    return [text.encode(), lines.encode(), text.encode("utf-16"), b"\xff\xfe", b""]


def run(content: bytes, folder: Path) -> None:
    """Read its paragraphs."""
    (folder / "mine.txt").write_bytes(content)
    texts.find_unseparated_script(folder)
    texts.check_files(folder)
    for chunk in texts.list_chunks(folder):
        for item in texts.read_chunk(folder, chunk):
            item.text.encode()
