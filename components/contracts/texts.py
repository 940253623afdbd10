# SPDX-License-Identifier: Apache-2.0
"""Tokens of a text, and the reading order of its paragraphs."""

from collections.abc import Sequence
from typing import Final

# A token of a lower-case text: a word with its apostrophes, a dash, or one punctuation
# mark. The pattern is valid in TensorFlow's and in Python's regular expressions.
_LETTERS: Final = "a-z\u00e0-\u00f6\u00f8-\u00ff"
TOKEN_PATTERN: Final = f"[{_LETTERS}]+(?:'[{_LETTERS}]+)*|--|[^\\s{_LETTERS}]"


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
