# SPDX-License-Identifier: Apache-2.0
"""Part of a model card on what a model of ratings is asked by."""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from components.contracts.ratings_layout import RatingsLayout
from components.contracts.signatures import (
    LIST_ITEMS,
    PREDICT_RATINGS,
    RECOMMEND,
    RECOMMEND_USER,
)
from components.core.records import read_record
from components.pusher.markdown import code, table
from components.pusher.table_card import decode

Record = Mapping[str, Any]

_RATED: Final = 3
_SIGNATURES: Final = (
    (
        PREDICT_RATINGS,
        "what was rated, ratings, wanted items",
        "expected ratings, p(k)",
    ),
    (RECOMMEND, "what was rated, ratings, how many", "items, titles, ratings"),
    (RECOMMEND_USER, "a user of the training, how many", "the same, and if known"),
    (LIST_ITEMS, "nothing", "names and titles of all items"),
)


def describe_ratings(
    recipe: str, dataset: Record, signature_examples: Sequence[Record]
) -> Iterable[str]:
    """Yield the part on requests; none for a model of other data.

    Args:
        recipe: Name of the recipe.
        dataset: Facts about the data set, from provenance.json.
        signature_examples: Recorded calls, for ratings as an example.
    """
    if not dataset.get("ratings"):
        return
    layout = read_record(RatingsLayout, dataset["ratings"], "provenance.json")
    values = ", ".join(f"{value:g}" for value in layout.values)
    yield "## Ratings"
    yield table(
        ["signature", "takes", "gives"],
        [[code(name), takes, gives] for name, takes, gives in _SIGNATURES],
    )
    yield (
        f"A rating is one of {values}. What was rated is never recommended; of an item "
        "that the model does not know nothing is said. The ratings of the users of the "
        "training are part of the model."
    )
    given = json.dumps(_given(layout, signature_examples))
    yield f"```bash\nprodl predict {recipe} {shlex.quote(given)} --count 5\n```"


def _given(
    layout: RatingsLayout, signature_examples: Sequence[Record]
) -> dict[str, float]:
    """The first ratings of a recorded call, or a made-up one."""
    for call in signature_examples:
        if call["signature"] == RECOMMEND:
            names = decode(call["inputs"]["rated"])[:_RATED]
            ratings = decode(call["inputs"]["ratings"])[:_RATED]
            return dict(zip(names, ratings, strict=True))
    return {layout.called: layout.highest}
