# SPDX-License-Identifier: Apache-2.0
"""The chain at the top of a page: from data to training, or to publication."""

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
    """One link of the chain."""

    name: str
    """Heading."""

    verdict: str
    """Verdict or status; decides the colour."""

    text: str
    """A few words of explanation."""

    anchor: str = ""
    """Section with the details."""


def run_chain(page: Page) -> list[Link]:
    """Return the chain of a recipe: data, checks, model, gate, publication."""
    training, evaluation = page.section("training"), page.section("evaluation")
    links = [
        _data_link(page),
        _checks_link(page, "Checks", _DATA_CHECKS),
        Link("Model", "passed", "trained", "training")
        if training
        else Link("Model", "not_run", "not reached", "training"),
        _checks_link(page, "Gate", ("evaluation",)),
        _publication_link(page, evaluation),
    ]
    return _with_failure(links, page)


def data_chain(page: Page) -> list[Link]:
    """Return the chain of a data set: data, items, distributions, training."""
    links = [
        _data_link(page),
        _checks_link(page, "Items", ("items",)),
        _checks_link(page, "Distributions", ("distributions",)),
    ]
    links = _with_failure(links, page)
    verdicts = {link.verdict for link in links}
    if "refused" in verdicts:
        return [*links, Link("Training", "refused", "must not use these data")]
    if verdicts & {"failed", "not_run"}:
        return [*links, Link("Training", "not_run", "not decided")]
    return [*links, Link("Training", "passed", "may use these data")]


def _data_link(page: Page) -> Link:
    # The first step of every graph compares the hashes of the raw files.
    first = page.steps[0].status if page.steps else "ran"
    verdict = "passed" if first in ("ran", "cached") else "refused"
    data = page.dataset
    anchor = "data" if page.section("data") else "lineage" if page.lineage else ""
    return Link("Data", verdict, f"{data.name} {data.variant}", anchor)


def _checks_link(page: Page, name: str, sections: tuple[str, ...]) -> Link:
    present = [s for s in map(page.section, sections) if s is not None]
    if not present:
        return Link(name, "not_run", "not reached", sections[0])
    verdicts = [str(section.verdict) for section in present]
    if len(present) < len(sections):
        verdicts.append("not_run")
    worst = min(verdicts, key=WORST_FIRST.index)
    cause = next((s for s in present if s.verdict == worst), present[0])
    return Link(name, worst, _count(present), cause.name)


def _count(sections: list[Section]) -> str:
    checks = [check for section in sections for check in section_checks(section)]
    if not checks:
        return ", ".join(section.name for section in sections)
    held = sum(bool(check.get("passed")) for check in checks)
    return f"{format_number(held)} of {format_number(len(checks))} held"


def _publication_link(page: Page, evaluation: Section | None) -> Link:
    if page.verdict == "passed":
        anchor = "lineage" if page.lineage else ""
        return Link("Publication", "passed", "may be published", anchor)
    if evaluation and evaluation.verdict == "refused":
        return Link("Publication", "refused", "must not be published", "evaluation")
    return Link("Publication", "not_run", "not reached")


def _with_failure(links: list[Link], page: Page) -> list[Link]:
    """Mark the first link that was not reached because of an error."""
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
    """Return the checks among a section's facts; only mappings count."""
    checks = section.facts.get("checks", [])
    if not isinstance(checks, list):
        return []
    return [check for check in checks if isinstance(check, Mapping)]
