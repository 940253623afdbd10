# SPDX-License-Identifier: Apache-2.0
"""Whether a model writes or recites: the longest run of words taken from a text."""

from collections.abc import Sequence
from typing import Any

Words = Sequence[Any]


def longest_copied_run(text: Words, originals: Sequence[Words]) -> Words:
    """The longest run of words of a text that stands in an original word for word.

    Args:
        text: What was written.
        originals: What it may have been copied from.

    Returns:
        The run, the first of several; empty if the text shares no word with them.

    Example:
        >>> longest_copied_run("so she sat on the bank".split(), [book])
        ['on', 'the', 'bank']
    """
    # A run of n words holds runs of every shorter length: bisection finds the longest.
    found, low, high = text[:0], 0, len(text)
    while low < high:
        length = (low + high + 1) // 2
        if run := _shared_run(text, originals, length):
            found, low = run, length
        else:
            high = length - 1
    return found


def _shared_run(text: Words, originals: Sequence[Words], length: int) -> Words | None:
    known = {
        tuple(original[start : start + length])
        for original in originals
        for start in range(len(original) - length + 1)
    }
    runs = (text[start : start + length] for start in range(len(text) - length + 1))
    return next((run for run in runs if tuple(run) in known), None)
