# SPDX-License-Identifier: Apache-2.0
"""Bits per character: a language model measured as what it also is, a compressor.

Everyone codes the same characters: the words of the text, lower case, with one space
between them. A language model pays for each word, and spells those it does not know;
bz2 and xz are given the training text first and pay for what the test text adds.
"""

import bz2
import lzma
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

# Marks the end of a spelled word.
_END: Final = ""
# Characters that Unicode has room for: what one costs that no training word holds.
_ALPHABET: Final = 0x110000


def as_characters(texts: Iterable[Sequence[str]]) -> str:
    """Texts as the characters that are coded."""
    return "\n".join(" ".join(tokens) for tokens in texts)


def bits_per_character(
    nats: float, unknown: Iterable[str], rare: Iterable[str], num_characters: int
) -> float:
    """What a language model pays per character, unknown words spelled.

    Args:
        nats: What all words cost, an unknown one by its mass alone.
        unknown: The unknown words of the text, each as often as it comes.
        rare: Words that occurred once in the training text: how new words are spelled
            is learnt from them.
        num_characters: Characters of the text.
    """
    spelling = _spelling_bits(rare)
    spelled = sum(_spell(word, spelling) for word in unknown)
    return (nats / math.log(2) + spelled) / num_characters


def compressed_bits_per_character(test: str, train: str) -> dict[str, float]:
    """What `bz2` and `xz` pay per character of a text after a training text.

    Args:
        test: The text.
        train: What they are given before it, at no cost.
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
    """Bits of each letter, by its share in words; those of a new one under None's."""
    counts = Counter(letter for word in words for letter in (*word, _END))
    # One count for all letters that were not seen.
    total = counts.total() + 1
    bits = {letter: -math.log2(count / total) for letter, count in counts.items()}
    return {_END: -math.log2(1 / total), **bits, "new": math.log2(total * _ALPHABET)}


def _spell(word: str, bits: Mapping[str, float]) -> float:
    return sum(bits.get(letter, bits["new"]) for letter in (*word, _END))
