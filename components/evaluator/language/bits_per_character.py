# SPDX-License-Identifier: Apache-2.0
"""Bits per character of a language model, beside those of general compressors.

All encode the same characters: the tokens of the text, in lower case, with one space
between them. A language model needs -log2 p bits per token, and spells unknown words
letter by letter; bz2 and xz compress the training text with and without the text, and
the difference counts.
"""

import bz2
import lzma
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

# Marks the end of a spelled word.
_END: Final = ""
# Key of a letter that no training word has, and the number of code points in Unicode.
_NEW: Final = "new"
_ALPHABET: Final = 0x110000


def as_characters(texts: Iterable[Sequence[str]]) -> str:
    """Join the tokens of texts to the characters that are encoded."""
    return "\n".join(" ".join(tokens) for tokens in texts)


def bits_per_character(
    nats: float, unknown: Iterable[str], rare: Iterable[str], num_characters: int
) -> float:
    """Compute the bits per character of a language model, unknown words spelled.

    Args:
        nats: Log loss of all tokens, of an unknown one by its fixed mass.
        unknown: The unknown words of the text, each as often as it occurs.
        rare: Words that occurred once in the training text: the letter frequencies of
            unknown words are estimated from them.
        num_characters: Characters of the text.
    """
    spelling = _spelling_bits(rare)
    spelled = sum(_spell(word, spelling) for word in unknown)
    return (nats / math.log(2) + spelled) / num_characters


def compressed_bits_per_character(test: str, train: str) -> dict[str, float]:
    """Compute the bits per character of `bz2` and `xz` for a text after another.

    Args:
        test: The text.
        train: The training text, which stands before it at no cost.
    """
    before, both = train.encode(), f"{train}\n{test}".encode()
    return {
        name: 8 * (len(compress(both)) - len(compress(before))) / len(test)
        for name, compress in _COMPRESSORS.items()
    }


def _xz(text: bytes) -> bytes:
    return lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)


_COMPRESSORS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "bz2": bz2.compress,
    "xz": _xz,
}


def _spelling_bits(words: Iterable[str]) -> Mapping[str, float]:
    """Bits of each letter, by its share in words; of an unseen one under `_NEW`."""
    counts = Counter(letter for word in words for letter in (*word, _END))
    # One count for all letters that were not seen.
    total = counts.total() + 1
    bits = {letter: -math.log2(count / total) for letter, count in counts.items()}
    return {_END: -math.log2(1 / total), **bits, _NEW: math.log2(total * _ALPHABET)}


def _spell(word: str, bits: Mapping[str, float]) -> float:
    return sum(bits.get(letter, bits[_NEW]) for letter in (*word, _END))
