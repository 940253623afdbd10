# SPDX-License-Identifier: Apache-2.0
"""Ratings on a page: their scale, the long tail of what is rated, hit lists."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.report import html


def show_ratings(facts: Mapping[str, Any]) -> Iterator[Any]:
    """Show what `describe_ratings` found.

    Args:
        facts: Facts of the step; without `ratings` nothing is shown.
    """
    found = facts.get("ratings")
    if not found:
        return
    yield html.subheading("Who rates what", "items-ratings")
    yield html.facts_list(
        {
            "Users": found["num_users"],
            "Rated items": found["num_items"],
            "Ratings": found["num_ratings"],
            "Share of all pairs that is rated": f"{found['filled']:.2%}",
            "Mean rating": round(found["mean"], 3),
        }
    )
    labels = [f"{value:g}" for value in found["values"]]
    yield html.bar_chart(
        labels, found["shares"], "Ratings in each split", "share of the split"
    )
    yield html.side_by_side(
        _tail(found["item_tail"], "Ratings of each item, most rated first", "item"),
        _tail(found["user_tail"], "Ratings by each user, most active first", "user"),
    )
    yield html.paragraph(
        f"A fifth of the items has {found['top_fifth']:.0%} of the ratings: a model "
        "that recommends what is popular is right often, and helps nobody."
    )
    few = f"Of those with {found['fewest']} ratings or more."
    yield html.subheading("Hit lists", "items-hits")
    for title, rows, note in (
        ("Rated most often", found["most_rated"], ""),
        ("Rated best", found["best_rated"], few),
        ("Rated worst", found["worst_rated"], few),
    ):
        listed = html.table(["Item", "Title", "Ratings", "Mean"], rows, (2, 3), title)
        body = html.join(html.paragraph(note), listed) if note else listed
        yield html.details(title, body, is_open=True)
    users = html.table(["User", "Ratings", "Mean"], found["users"], (1, 2))
    yield html.details("Most active users", users)


def _tail(tail: Mapping[str, Any], title: str, what: str) -> Any:
    return html.line_chart(
        {"ratings": tail["count"]},
        x=tail["rank"],
        title=title,
        x_label=f"rank of the {what}",
        log_y=True,
    )
