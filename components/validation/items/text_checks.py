# SPDX-License-Identifier: Apache-2.0
"""Questions about a table of texts, as plain functions over a pandas DataFrame."""

import re
from typing import Any

from components.contracts.splits import SPLITS
from components.contracts.texts import TOKEN_PATTERN
from components.validation.items.check_result import Finding, require


def splits_are_blocks(table: Any) -> Finding:
    """Whether the splits, read in order, are one block each: train comes first.

    Args:
        table: Item table with `position`.
    """
    require(table, "position", "split", "item_id")
    ordered = table.sort_values("position")
    ranks = ordered["split"].map({name: rank for rank, name in enumerate(SPLITS)})
    # An item of an earlier split that stands behind one of a later split.
    misplaced = ordered.loc[ranks < ranks.cummax(), "item_id"]
    received = f"{len(misplaced):,} paragraphs stand in the block of a later split"
    return Finding(misplaced.empty, received, tuple(misplaced))


def vocabulary_coverage(table: Any, min_share: float) -> Finding:
    """Whether the tokens of the later splits occur in the training split.

    Args:
        table: Item table with `text`.
        min_share: Part of the tokens of each later split.
    """
    require(table, "text", "split", "fault")
    sound = table[table["fault"] == ""]
    train, *later = SPLITS
    known = set(_tokens(sound, train))
    shares = {split: _share(_tokens(sound, split), known) for split in later}
    received = ", ".join(f"{share:.3f} in {split}" for split, share in shares.items())
    return Finding(all(share >= min_share for share in shares.values()), received)


def _tokens(table: Any, split: str) -> list[str]:
    texts = table.loc[table["split"] == split, "text"]
    return [
        token for text in texts for token in re.findall(TOKEN_PATTERN, text.lower())
    ]


def _share(tokens: list[str], known: set[str]) -> float:
    return sum(token in known for token in tokens) / len(tokens) if tokens else 0.0
