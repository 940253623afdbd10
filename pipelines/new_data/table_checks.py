# SPDX-License-Identifier: Apache-2.0
"""Checks on the columns and rows of a table, with limits learned from them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from components.contracts.features import LABEL, TARGET
from components.contracts.splits import SPLITS, TRAIN
from components.validation.items.check import CheckResult
from components.validation.items.checks.later_splits import numbers_alike_in_splits
from components.validation.items.checks.leakage import explained_share
from components.validation.items.table_rows import feature_columns
from pipelines.new_data.check_entry import check_entry
from pipelines.new_data.inspection import Inspection, describe_range
from pipelines.new_data.margins import (
    largest_share,
    value_range,
)
from pipelines.new_data.yaml_text import Entry

# Share beyond which a column is a copy of the target, and texts are identifiers.
COPY: Final = 0.99
DISTINCT: Final = 0.95
# Candidates for limits of `numbers_alike_in_splits`; the first that holds is doubled.
_SHIFTS: Final = (0.5, 0.75, 1, 1.5, 2.5, 5, 10, 100)
_RATIOS: Final = (1.5, 2, 3, 5, 10, 100)


def table_checks(found: Inspection) -> Iterator[Entry]:
    """Yield the checks of a table.

    Args:
        found: The data, a table.
    """
    table = found.layout
    sound = found.sound
    yield check_entry(
        "missing_values",
        "No column misses more values than before, in any split.",
        "The largest share of a split that was seen, and 3 standard errors.",
        max_shares=Entry("max_shares", tuple(_missing_shares(found)) or {}),
        max_other_share=0.0,
    )
    if ranges := tuple(_ranges(found)):
        yield check_entry(
            "numbers_in_range",
            "Numbers are of the size that was seen: units have not changed.",
            "What was seen, and a margin, larger for few rows.",
            ranges=Entry("ranges", ranges),
        )
        yield _alike(found)
    if table.is_regression:
        yield check_entry(
            "target_in_range",
            f"The {table.target} is of the size that was seen.",
            f"Seen: {describe_range(sound[TARGET])}.",
            range=value_range(sound[TARGET].tolist()),
        )
    if table.categories:
        yield _in_training(found)
    answer = TARGET if table.is_regression else LABEL
    yield from _leakage(found, answer)
    yield from _duplicates(found, answer)


def _leakage(found: Inspection, answer: str) -> Iterator[Entry]:
    sound, table = found.sound, found.layout
    shares = {name: explained_share(sound, name, answer) for name in table.columns}
    most = max(shares, key=lambda name: shares[name])
    yield check_entry(
        "target_not_copied",
        "No column alone tells the answer.",
        f"{most} tells most, {shares[most]:.2f} of it; 1 would be a copy.",
        max_explained_share=round((shares[most] + COPY) / 2, 3),
    )
    yield check_entry(
        "identifiers_are_no_features",
        "No column only numbers or names the rows.",
        "Such columns were left out of source.yaml.",
        max_distinct_share=DISTINCT,
    )


def _duplicates(found: Inspection, answer: str) -> Iterator[Entry]:
    sound = found.sound
    duplicates = int(sound["content_sha256"].duplicated(keep=False).sum())
    yield check_entry(
        "rows_are_distinct",
        "Few rows come twice.",
        f"{duplicates:,} of {len(sound):,} have values that another row has as well.",
        max_duplicate_share=largest_share(duplicates, len(sound)),
    )
    answers = sound.groupby("content_sha256")[answer].nunique()
    conflicts = int((answers > 1).sum())
    yield check_entry(
        "duplicate_rows_agree",
        "Rows with equal values have one answer.",
        f"{conflicts:,} sets of equal rows have several.",
        critical=False,
        max_contents=conflicts,
    )


def _missing_shares(found: Inspection) -> Iterator[Entry]:
    """The columns that miss values, others may miss none."""
    for name in feature_columns(found.sound):
        missing = int(found.sound[name].isna().sum())
        if not missing:
            continue
        seen = f"{missing:,} of {len(found.sound):,} seen"
        yield Entry(name, found.missing_limit(name), beside=seen)


def _ranges(found: Inspection) -> Iterator[Entry]:
    whole = {facts.name for facts in found.columns if facts.is_whole}
    for name, column in found.layout.columns.items():
        values = found.sound[name].dropna()
        # New rows have later dates.
        if column.kind == "number" and len(values):
            ends = value_range(values.tolist(), is_whole=name in whole)
            yield Entry(name, list(ends), beside=f"{describe_range(values)} seen")


def _alike(found: Inspection) -> Entry:
    """Limits of location and scale that the splits meet with a factor to spare."""
    shift = _first_that_holds(
        _SHIFTS,
        lambda limit: numbers_alike_in_splits(found.sound, limit, 1e9, ()),
    )
    ratio = _first_that_holds(
        _RATIOS,
        lambda limit: numbers_alike_in_splits(found.sound, 1e9, limit, ()),
    )
    return check_entry(
        "numbers_alike_in_splits",
        "Later splits have numbers of the size of training.",
        f"twice what was seen: shift below {shift:g} interquartile ranges, their ratio "
        f"below {ratio:g}",
        max_shift=2 * shift,
        max_scale_ratio=2 * ratio,
    )


def _first_that_holds(
    limits: Sequence[float], check: Callable[[float], CheckResult]
) -> float:
    return next((limit for limit in limits if check(limit).passed), limits[-1])


def _in_training(found: Inspection) -> Entry:
    training = found.in_split(TRAIN)
    limits = []
    for name in found.layout.categories:
        later = [found.in_split(split) for split in SPLITS if split != TRAIN]
        known = set(training[name].dropna())
        new = [
            int((part[name].notna() & ~part[name].isin(known)).sum()) for part in later
        ]
        if any(new):
            shares = [
                largest_share(count, len(part))
                for count, part in zip(new, later, strict=True)
            ]
            limits.append(Entry(name, max(shares), beside=f"{sum(new):,} rows seen"))
    return check_entry(
        "categories_in_training",
        "Categories of the later splits occur in training.",
        "New categories seen, and 3 standard errors." if limits else "None is new.",
        max_shares=Entry("max_shares", tuple(limits) or {}),
        max_other_share=0.0,
    )
