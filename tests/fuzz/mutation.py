# SPDX-License-Identifier: Apache-2.0
"""Mutations of bytes: bits, blocks, boundary numbers, truncation, duplication."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

Rng: TypeAlias = np.random.Generator
MAX_BYTES = 1 << 20
# Positions that hold headers are changed more often.
EDGE = 600
NUMBERS = [
    *(0, 1, 2, 3, 127, 128, 255, 256, 32767, 32768, 65535, 65536),
    *((1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 63) - 1, 1 << 63),
    *((1 << 64) - 1, 100_000, 1_000_000, 30_000_000),
]
TEXT_NUMBERS = (
    b"-1",
    b"0",
    b"00000000",
    b"4294967296",
    b"99999999999999999999",
    b"1e9",
)


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change an input in one to eight places.

    Args:
        content: The input.
        corpus: The inputs to splice with.
        rng: Source of all choices.
    """
    for _ in range(min(8, int(rng.geometric(0.4)))):
        change = CHANGES[rng.integers(len(CHANGES))]
        content = change(content, rng)
    if rng.random() < 0.05:
        other = corpus[rng.integers(len(corpus))]
        content = content[: position(content, rng)] + other[position(other, rng) :]
    return content[:MAX_BYTES]


def position(content: bytes, rng: Rng) -> int:
    """A position in an input, near one of its ends in half of the cases."""
    edge = min(EDGE, len(content))
    choice = rng.random()
    if choice < 0.3:
        return int(rng.integers(edge + 1))
    if choice < 0.5:
        return len(content) - int(rng.integers(edge + 1))
    return int(rng.integers(len(content) + 1))


def _flip_bit(content: bytes, rng: Rng) -> bytes:
    at = position(content, rng)
    if at == len(content):
        return content
    changed = content[at] ^ (1 << int(rng.integers(8)))
    return content[:at] + bytes([changed]) + content[at + 1 :]


def _set_bytes(content: bytes, rng: Rng) -> bytes:
    at, count = position(content, rng), int(rng.integers(1, 9))
    return content[:at] + rng.bytes(count) + content[at + count :]


def _set_number(content: bytes, rng: Rng) -> bytes:
    at, size = position(content, rng), int(2 ** rng.integers(4))
    number = NUMBERS[rng.integers(len(NUMBERS))] & ((1 << 8 * size) - 1)
    order = ("little", "big")[rng.integers(2)]
    coded = number.to_bytes(size, order)  # type: ignore[arg-type]
    return content[:at] + coded + content[at + size :]


def _set_text_number(content: bytes, rng: Rng) -> bytes:
    at = position(content, rng)
    number = TEXT_NUMBERS[rng.integers(len(TEXT_NUMBERS))]
    return content[:at] + number + content[at + len(number) :]


def _insert(content: bytes, rng: Rng) -> bytes:
    at = position(content, rng)
    return content[:at] + rng.bytes(int(rng.integers(1, 100))) + content[at:]


def _delete(content: bytes, rng: Rng) -> bytes:
    at = position(content, rng)
    return content[:at] + content[at + int(rng.integers(1, 600)) :]


def _truncate(content: bytes, rng: Rng) -> bytes:
    return content[: position(content, rng)]


def _fill(content: bytes, rng: Rng) -> bytes:
    at, count = position(content, rng), int(rng.integers(1, 600))
    value = bytes([(0, 255, 32, 46, 128)[rng.integers(5)]])
    return content[:at] + value * count + content[at + count :]


def _duplicate(content: bytes, rng: Rng) -> bytes:
    at, count = position(content, rng), int(rng.integers(1, 1024))
    block = content[at : at + count]
    times = int(2 ** rng.integers(7))
    return content[:at] + block * times + content[at:]


def _move(content: bytes, rng: Rng) -> bytes:
    first, second = sorted((position(content, rng), position(content, rng)))
    return content[second:] + content[first:second] + content[:first]


CHANGES: list[Callable[[bytes, Rng], bytes]] = [
    *(_flip_bit, _flip_bit, _set_bytes, _set_bytes, _set_number, _set_number),
    *(_set_text_number, _insert, _delete, _truncate, _fill, _duplicate, _move),
]
