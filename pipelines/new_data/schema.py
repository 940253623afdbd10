# SPDX-License-Identifier: Apache-2.0
"""`schema.pbtxt` of a user's data, for TensorFlow Data Validation: a line a feature."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from components.contracts.features import ITEM_ID, LABEL, TARGET, TIME
from pipelines.new_data.inspection import Inspection

# A column of more categories has an open domain.
_MOST_LISTED: Final = 100
# Share of rows whose category occurs once, beyond which new ones must be expected.
_MOST_SINGLE: Final = 0.01
_ALWAYS: Final = "presence { min_fraction: 1.0 min_count: 1 } shape {}"
_FINITE: Final = "float_domain { disallow_nan: true disallow_inf: true }"
_HEAD: Final = """\
# Schema of {title}, learned from {num:,} {word}. `presence` says in which share of
# the examples a feature has a value; an empty `shape` says one value in each.
"""


def write_schema(found: Inspection) -> str:
    """Write the schema of the examples that Ingest makes of the data.

    Args:
        found: The data.
    """
    source = found.source_list
    head = _HEAD.format(title=source.title, num=len(found.items), word=found.word)
    return head + "\n".join((*_features(found), ""))


def _features(found: Inspection) -> Iterator[str]:
    kind = found.kind
    if kind.content:
        yield _feature(kind.content, "BYTES", f"{_ALWAYS} {kind.tfdv_domain} {{}}")
    reason = "not in the statistics, so optional here; checked on the item table"
    yield _feature(ITEM_ID, "BYTES", "value_count { min: 1 max: 1 }", reason)
    if kind.answer == LABEL:
        domain = _string_domain("classes", found.classes)
        yield _feature(LABEL, "BYTES", f"{_ALWAYS} {domain}")
    else:
        yield _feature(TARGET, "FLOAT", f"{_ALWAYS} {_FINITE}")
    if found.source_list.table:
        yield from _columns(found)
    elif found.source_list.ratings:
        for name in kind.category_features:
            yield _feature(name, "BYTES", _ALWAYS, "new ones must be expected")
        yield _feature(TIME, "INT", f"{_ALWAYS} int_domain {{ min: 0 }}")
    elif kind.text:
        for name in kind.numeric_features:
            yield _feature(name, "INT", f"{_ALWAYS} int_domain {{ min: 1 }}")
    else:
        yield from _pictures(found)


def _pictures(found: Inspection) -> Iterator[str]:
    for name, largest, reason in (
        ("mean", 255.0, "of the pixels, scale 0 to 255"),
        ("std", 127.5, "at most half of that scale"),
    ):
        limits = f"min: 0.0 max: {largest} disallow_nan: true disallow_inf: true"
        yield _feature(name, "FLOAT", f"{_ALWAYS} float_domain {{ {limits} }}", reason)
    shape = found.source_list.image_shape
    sides = dict(zip(("height", "width"), shape, strict=False))
    for name in ("width", "height"):
        limits = f"min: {sides[name]} max: {sides[name]}" if sides else "min: 1"
        yield _feature(name, "INT", f"{_ALWAYS} int_domain {{ {limits} }}")


def _columns(found: Inspection) -> Iterator[str]:
    table = found.layout
    for name in table.columns:
        values = found.sound[name]
        missing = int(values.isna().sum())
        reason = [f"{missing:,} of {len(values):,} missing"] if missing else []
        presence = _presence(found, name) if missing else _ALWAYS
        if name in table.categories:
            domain, why = _category_domain(found, name)
            reason += [why] if why else []
        else:
            domain = _FINITE
        kind = "BYTES" if name in table.categories else "FLOAT"
        yield _feature(name, kind, f"{presence} {domain}".strip(), ", ".join(reason))


def _presence(found: Inspection, name: str) -> str:
    """Presence that every split meets, with a margin for its size."""
    fraction = f"{max(0.0, 1 - found.missing_limit(name)):.4g}"
    return (
        f"presence {{ min_fraction: {fraction} min_count: 1 }} "
        "value_count { min: 1 max: 1 }"
    )


def _category_domain(found: Inspection, name: str) -> tuple[str, str]:
    counts = found.sound[name].value_counts()
    single = int((counts == 1).sum())
    if len(counts) > _MOST_LISTED or single > _MOST_SINGLE * counts.sum():
        return "", f"{len(counts):,} categories, {single:,} occur once: others may come"
    return _string_domain(name, sorted(counts.index)), ""


def _string_domain(name: str, values: Sequence[str]) -> str:
    listed = " ".join(f"value: {_quoted(value)}" for value in values)
    return f"string_domain {{ name: {_quoted(name)} {listed} }}"


def _feature(name: str, kind: str, rest: str, reason: str = "") -> str:
    feature = f"feature {{ name: {_quoted(name)} type: {kind} {rest} }}"
    return f"{feature} # {reason}" if reason else feature


def _quoted(text: str) -> str:
    # Valid in the text format of protocol buffers, which knows the same escapes.
    return json.dumps(text, ensure_ascii=False)
