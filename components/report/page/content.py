# SPDX-License-Identifier: Apache-2.0
"""What a report page shows, before it is laid out."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from components.report.section import Section

Kind = Literal["run", "data"]
PageVerdict = Literal["blessed", "passed", "warning", "refused", "failed", "none"]

# Anchors of the page's own parts.
RESERVED: Final = ("top", "verdict", "steps", "lineage", "reproduce", "notes")
_ANCHOR: Final = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class PageDataset:
    """Which data a page is about.

    Attributes:
        name: Name of the data set.
        variant: Which version of it, as in `official`.
        content_sha256: Hash over the raw files.
        is_synthetic: Whether the data were made up; the page says so at the top.
            Defaults to False.
        detail: One line more: counts, licence, source. Defaults to none.
    """

    name: str
    variant: str
    content_sha256: str
    is_synthetic: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Headline:
    """One figure of the first screen.

    Attributes:
        label: What it is, with its split: `Accuracy on test`.
        value: The figure; numbers are formatted, text is shown as it is.
        hint: A few words on the protocol. Defaults to none.
        wanted: The threshold, as in `at least 0.99`. Defaults to none.
        baseline: The figure it is compared with. Defaults to none.
        verdict: `passed`, `warning`, `refused` or `none`. Defaults to `none`.
        anchor: Section that explains it. Defaults to `evaluation`.
    """

    label: str
    value: str | float
    hint: str = ""
    wanted: str = ""
    baseline: str = ""
    verdict: str = "none"
    anchor: str = "evaluation"


@dataclass(frozen=True)
class Step:
    """What one step of the run did.

    Attributes:
        name: Name of the step.
        status: `ran`, `cached`, `refused`, `failed` or `not_run`.
        reason: Why, in one line. Defaults to none.
        seconds: Wall time. Defaults to None, unknown.
        cpu_seconds: User and system time. Defaults to None, unknown.
        peak_memory_mb: Highest resident memory. Defaults to None, unknown.
    """

    name: str
    status: str
    reason: str = ""
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_memory_mb: float | None = None


@dataclass(frozen=True)
class LineageStep:
    """One link between bytes and model.

    Attributes:
        what: `raw files`, `commit`, `parameters`, `model`, ...
        identity: Hash, commit or version that names it beyond doubt.
        detail: One line more. Defaults to none.
    """

    what: str
    identity: str
    detail: str = ""


@dataclass(frozen=True)
class Page:
    """Everything that a report page shows.

    What stopped a run, which sections are missing for it, and the strip from data to
    pushed model are worked out from these fields.

    Attributes:
        title: Heading.
        kind: `run` for a recipe, `data` for a data set.
        name: Recipe or data set.
        dataset: Which data.
        verdict: `blessed` or `refused` for a model; `passed`, `warning` or `refused`
            for data; `failed` where an error stopped the run; `none` if not judged.
        verdict_text: The verdict in a sentence.
        headline: Figures of the first screen. Defaults to none.
        sections: What the steps wrote, in reading order. Failed checks among a
            section's facts are quoted at the top of the page: mappings with `name`,
            `wanted`, `received`, `passed` and `severity`, listed under `checks`.
        steps: All steps in order, those that were not reached too. Defaults to none.
        lineage: From bytes to model. Defaults to none.
        reproduce: Commands. Defaults to none.
        notes: Sentences on how to read the figures. Defaults to none.
        pushed: What was pushed, as in `version 3`. Defaults to nothing pushed.

    Raises:
        ValueError: If two sections share a name, or a name is no anchor or reserved.
    """

    title: str
    kind: Kind
    name: str
    dataset: PageDataset
    verdict: PageVerdict
    verdict_text: str
    headline: tuple[Headline, ...] = ()
    sections: tuple[Section, ...] = ()
    steps: tuple[Step, ...] = ()
    lineage: tuple[LineageStep, ...] = ()
    reproduce: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pushed: str = ""

    def __post_init__(self) -> None:
        names = [section.name for section in self.sections]
        for name in names:
            if not _ANCHOR.fullmatch(name) or name in RESERVED or names.count(name) > 1:
                raise ValueError(
                    f"section name {name!r} cannot be an anchor of page {self.name!r}. "
                    "Expected lower case letters, digits, '-' and '_', each name once, "
                    f"and none of {', '.join(RESERVED)}. Received {names}."
                )

    def section(self, name: str) -> Section | None:
        """Give a section by its name, or None if the run did not write it."""
        return next((s for s in self.sections if s.name == name), None)

    @property
    def stopped_at(self) -> Step | None:
        """The step that ended the run early, if one did."""
        stopping = (s for s in self.steps if s.status in ("refused", "failed"))
        return next(stopping, None)
