# SPDX-License-Identifier: Apache-2.0
"""Checks on ratings, with limits learned from them."""

from collections.abc import Iterator

from components.contracts.features import TARGET, TITLE
from components.validation.items.check import CheckResult
from components.validation.items.checks import ratings as checks
from pipelines.new_data.check_entry import check_entry
from pipelines.new_data.inspection import Inspection
from pipelines.new_data.margins import largest_share, round_up
from pipelines.new_data.yaml_text import Entry


def rating_checks(found: Inspection) -> Iterator[Entry]:
    """Yield the checks of ratings.

    Args:
        found: The data, ratings.
    """
    layout, items = found.source_list.ratings, found.items
    assert layout is not None  # noqa: S101 - the modality is `ratings`
    total = len(items)
    values = list(layout.values)
    known = items[TARGET].notna()
    other = int((known & ~items[TARGET].isin(values)).sum())
    yield check_entry(
        "ratings_are_on_scale",
        "Ratings are of the values that were seen.",
        f"{other:,} of {total:,} have another one.",
        values=values,
        max_other_share=largest_share(other, total),
    )
    doubled = checks.ratings_are_unique(items, 1.0)
    yield check_entry(
        "ratings_are_unique",
        "Hardly any user rates the same twice; the later rating counts.",
        f"Seen: {doubled.received}.",
        max_doubled_share=largest_share(_count(doubled), total),
    )
    if layout.time:
        future = checks.times_are_past(items, layout.latest, 1.0)
        yield check_entry(
            "times_are_past",
            "Hardly any rating is of the future.",
            f"Seen: {future.received}.",
            max_future_share=largest_share(_count(future), total),
        )
    alike = checks.users_use_the_scale(items, 1.0, 10)
    active = int(alike.received.split(" of ")[1].split()[0].replace(",", ""))
    yield check_entry(
        "users_use_the_scale",
        "Few users give the same rating to everything.",
        f"Seen: {alike.received}.",
        max_share=largest_share(_count(alike), max(1, active)),
        fewest=10,
    )
    if (items[TITLE] != "").any():
        untitled = checks.items_have_titles(items, 1.0)
        titled = int(untitled.received.split(" of ")[1].split()[0].replace(",", ""))
        yield check_entry(
            "items_have_titles",
            "What was rated has a title, for those who read a recommendation.",
            f"Seen: {untitled.received}.",
            max_untitled_share=largest_share(_count(untitled), titled),
        )
    share = float(found.sound["user"].value_counts(normalize=True).iloc[0])
    yield check_entry(
        "no_user_dominates",
        "No single user gives a large share of all ratings.",
        f"The most active one gives {share:.2g}; three times that.",
        max_share=min(0.4, max(3 * share, 0.02)),
    )
    official = bool((items["official_split"] == "test").any())
    yield check_entry(
        "later_splits_are_later",
        "What a model is tested on comes after what it learns from.",
        "The splits are cut by time, for each user.",
        splits=["validation"] if official else ["validation", "test"],
    )
    unknown = checks.later_ratings_are_known(items, 1.0)
    seen = max(float(part.split()[0]) for part in unknown.received.split(", "))
    yield check_entry(
        "later_ratings_are_known",
        "Users and items of the later splits occur in training.",
        f"Seen: {unknown.received}; half as many again.",
        max_unknown_share=round_up(min(1.0, 1.5 * seen + 0.01)),
    )


def _count(found: CheckResult) -> int:
    """The number that a result begins with: `12 of 300 rated twice`."""
    return int(found.received.split()[0].replace(",", ""))
