# SPDX-License-Identifier: Apache-2.0
"""What the report shows of a text: where it was cut, and some of its paragraphs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from components.contracts.splits import SPLITS
from components.report import html


def text_blocks(table: Any) -> Iterable[Any]:
    """The block of each split with its size and borders; nothing for other data.

    Args:
        table: Item table.
    """
    if not {"text", "position", "num_words", "num_characters"} <= set(table):
        return
    ordered = table.sort_values("position")
    blocks = {split: ordered[ordered["split"] == split] for split in SPLITS}
    headers = ["Split", "Paragraphs", "Tokens", "Characters", "From", "To"]
    rows = [[split, *_describe(block)] for split, block in blocks.items()]
    rows.append(["all", *_describe(ordered)])
    yield html.subheading("Where the text is cut", "items-blocks")
    yield html.table(headers, rows, (1, 2, 3))


def sample_texts(
    samples: Mapping[str, Sequence[str]], table: Any, label_name: str
) -> Iterable[Any]:
    """The samples as texts; nothing for other data.

    Args:
        samples: Label -> items.
        table: Item table.
        label_name: What a label stands for.
    """
    if "text" not in table:
        return
    texts = table.drop_duplicates("item_id").set_index("item_id")["text"]
    rows = [[name, item, texts[item]] for name, ids in samples.items() for item in ids]
    yield html.subheading("Sample texts", "items-samples")
    yield html.paragraph("Items of the training split, drawn by their hash.")
    yield html.table([label_name.capitalize(), "Item", "Text"], rows)


def _describe(block: Any) -> list[Any]:
    ids = list(block["item_id"])
    sizes = [int(block[name].sum()) for name in ("num_words", "num_characters")]
    return [len(ids), *sizes, *((ids[0], ids[-1]) if ids else ("", ""))]
