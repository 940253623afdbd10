# SPDX-License-Identifier: Apache-2.0
"""Whether a model writes or recites: the longest run of words taken from a text."""

from collections import defaultdict
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
    places = defaultdict[Any, list[tuple[int, int]]](list)
    for number, original in enumerate(originals):
        for place, word in enumerate(original):
            places[word].append((number, place))
    end = longest = 0
    # Where in the originals a run ends with the word before, and how long it is.
    runs: dict[tuple[int, int], int] = {}
    for position, word in enumerate(text):
        runs = {
            (number, place): runs.get((number, place - 1), 0) + 1
            for number, place in places[word]
        }
        here = max(runs.values(), default=0)
        if here > longest:
            end, longest = position + 1, here
    return text[end - longest : end]
