# SPDX-License-Identifier: Apache-2.0
"""The strip from data to pushed model: what a page's content says of each link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.core.number_format import format_number
from components.report.page.content import Page
from components.report.section import Section

WORST_FIRST: Final = ("refused", "failed", "not_run", "warning", "none", "passed")
_DATA_CHECKS: Final = ("items", "distributions")


@dataclass(frozen=True)
class Link:
    """One link of the strip from data to pushed model."""

    name: str
    verdict: str
    text: str
    anchor: str = ""


def run_chain(page: Page) -> list[Link]:
    """The strip of a recipe: data, checks, model, gate, pushed."""
    training, evaluation = page.section("training"), page.section("evaluation")
    links = [
        _data_link(page),
        _judged(page, "Checks", _DATA_CHECKS),
        Link("Model", "passed", "trained", "training")
        if training
        else Link("Model", "not_run", "not reached", "training"),
        _judged(page, "Gate", ("evaluation",)),
        _push_link(page, evaluation),
    ]
    return _with_failure(links, page)


def data_chain(page: Page) -> list[Link]:
    """The strip of a data set: data, then each group of checks, then the verdict."""
    links = [
        _data_link(page),
        _judged(page, "Items", ("items",)),
        _judged(page, "Distributions", ("distributions",)),
    ]
    links = _with_failure(links, page)
    verdicts = {link.verdict for link in links}
    if "refused" in verdicts:
        return [*links, Link("Training", "refused", "must not use these data")]
    if verdicts & {"failed", "not_run"}:
        return [*links, Link("Training", "not_run", "not decided")]
    return [*links, Link("Training", "passed", "may use these data")]


def _data_link(page: Page) -> Link:
    # The first step of every graph takes the raw files and compares their hashes.
    first = page.steps[0].status if page.steps else "ran"
    verdict = "passed" if first in ("ran", "cached") else "refused"
    data = page.dataset
    anchor = "data" if page.section("data") else "lineage" if page.lineage else ""
    return Link("Data", verdict, f"{data.name} {data.variant}", anchor)


def _judged(page: Page, name: str, sections: tuple[str, ...]) -> Link:
    present = [s for s in map(page.section, sections) if s is not None]
    if not present:
        return Link(name, "not_run", "not reached", sections[0])
    verdicts = [str(section.verdict) for section in present]
    if len(present) < len(sections):
        verdicts.append("not_run")
    worst = min(verdicts, key=WORST_FIRST.index)
    telling = next((s for s in present if s.verdict == worst), present[0])
    return Link(name, worst, _count(present), telling.name)


def _count(sections: list[Section]) -> str:
    checks = [check for section in sections for check in section_checks(section)]
    if not checks:
        return ", ".join(section.name for section in sections)
    held = sum(bool(check.get("passed")) for check in checks)
    return f"{format_number(held)} of {format_number(len(checks))} held"


def _push_link(page: Page, evaluation: Section | None) -> Link:
    if page.pushed:
        return Link("Pushed", "passed", page.pushed, "lineage" if page.lineage else "")
    if evaluation and evaluation.verdict == "refused":
        return Link("Pushed", "refused", "not pushed", "evaluation")
    return Link("Pushed", "not_run", "not reached")


def _with_failure(links: list[Link], page: Page) -> list[Link]:
    """Mark the first link that is missing because of an error."""
    step = page.stopped_at
    if step is None or step.status != "failed":
        return links
    for index, link in enumerate(links):
        if link.verdict in ("refused", "failed"):
            break
        if link.verdict == "not_run":
            failed = Link(link.name, "failed", f"stopped at {step.name}", "steps")
            return [*links[:index], failed, *links[index + 1 :]]
    return links


def section_checks(section: Section) -> list[Mapping[str, Any]]:
    """The checks among a section's facts; what is not a mapping is left out."""
    checks = section.facts.get("checks", [])
    if not isinstance(checks, list):
        return []
    return [check for check in checks if isinstance(check, Mapping)]
