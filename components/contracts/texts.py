# SPDX-License-Identifier: Apache-2.0
"""Tokens of a text, and the reading order of its paragraphs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

# Letters of lower-case words, and the signs that go with them, in scripts that put
# blanks between words. Blocks of Indian scripts have 128 places, with punctuation and
# digits from the 100th to the 112th.
_INDIAN: Final = "".join(
    f"{chr(block)}-{chr(block + 0x63)}{chr(block + 0x70)}-{chr(block + 0x7F)}"
    for block in range(0x0900, 0x0E00, 0x80)
)
_LETTERS: Final = (
    "a-z\u00df-\u00f6\u00f8-\u00ff"  # Latin
    "\u0100-\u02af\u1e00-\u1eff"
    "\u0300-\u036f"  # accents that follow their letter
    "\u0370-\u0373\u0376\u0377\u037b-\u037d\u0386\u0388-\u03ff"  # Greek
    "\u1f00-\u1fbc\u1fc2-\u1fcc\u1fd0-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ffc"
    "\u0400-\u0481\u0483-\u052f"  # Cyrillic
    "\u0531-\u0556\u0561-\u0587"  # Armenian
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05f2"  # Hebrew
    "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06ef"  # Arabic
    "\u06fa-\u06ff\u0750-\u077f\u200c\u200d"
    "\u10d0-\u10fa\u10fc-\u10ff"  # Georgian
    "\u1200-\u135f"  # Ethiopic
    "\u1100-\u11ff\uac00-\ud7a3"  # Korean
    f"{_INDIAN}"
)
# A token of a lower-case text: a word with its apostrophes, a dash, or one other sign.
# The pattern is valid in TensorFlow's and in Python's regular expressions.
TOKEN_PATTERN: Final = f"[{_LETTERS}]+(?:'[{_LETTERS}]+)*|--|[^\\s{_LETTERS}]"

# Typographic punctuation, as a pattern -> its ASCII form.
ASCII_PUNCTUATION: Final[Mapping[str, str]] = {
    "[\u2018\u2019]": "'",
    "[\u201c\u201d]": '"',
    "\u2014": "--",
}
# Scripts that put no blanks between words: their signs would be taken for words.
_WITHOUT_BLANKS: Final[Mapping[str, str]] = {
    "Chinese or Japanese": "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Burmese": "\u1000-\u109f",
    "Khmer": "\u1780-\u17ff",
}
# Share of such signs among the letters that makes a text one of that script.
_ENOUGH: Final = 0.2


def count_words(text: str) -> int:
    """Count the tokens of a text, as `components.transform.text` cuts it."""
    plain = text.lower()
    for pattern, mark in ASCII_PUNCTUATION.items():
        plain = re.sub(pattern, mark, plain)
    return len(re.findall(TOKEN_PATTERN, plain))


def script_without_blanks(texts: Iterable[str]) -> str:
    """Name the script of texts whose words no blanks separate; "" for all others.

    Args:
        texts: The texts, or parts of them.
    """
    num_letters = 0
    counts = dict.fromkeys(_WITHOUT_BLANKS, 0)
    for text in texts:
        num_letters += sum(map(str.isalpha, text))
        for name, letters in _WITHOUT_BLANKS.items():
            counts[name] += len(re.findall(f"[{letters}]", text))
    found = max(counts, key=counts.__getitem__)
    return found if counts[found] > _ENOUGH * num_letters else ""


def consecutive(item_ids: Sequence[str]) -> list[list[int]]:
    """Group the paragraphs of a text that follow each other without a gap.

    Args:
        item_ids: Chapter and paragraph of each, as in `09/0031`, in any order.

    Returns:
        Indices into `item_ids` in reading order, a list for each contiguous run.
    """
    positions = [tuple(map(int, item_id.rsplit("/", 2)[-2:])) for item_id in item_ids]
    runs: list[list[int]] = []
    for index in sorted(range(len(positions)), key=positions.__getitem__):
        chapter, paragraph = positions[index]
        if runs and positions[runs[-1][-1]] == (chapter, paragraph - 1):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs
