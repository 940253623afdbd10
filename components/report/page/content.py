# SPDX-License-Identifier: Apache-2.0
"""Content of a report page, independent of its layout."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from components.report.section import Section

PageKind = Literal["run", "data"]
PageVerdict = Literal["passed", "warning", "refused", "failed", "none"]

# Anchors of the page's own parts.
RESERVED: Final = ("top", "verdict", "steps", "lineage", "reproduce", "notes")
_ANCHOR: Final = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class PageDataset:
    """The data set of a page."""

    name: str
    """Name of the data set."""

    variant: str
    """Variant of the data set, as in `official`."""

    content_sha256: str
    """Hash over the raw files."""

    is_synthetic: bool = False
    """Whether the data are generated; the page then shows a mark at the top."""

    detail: str = ""
    """One more line: counts, licence, source."""


@dataclass(frozen=True)
class Headline:
    """One figure at the top of the page."""

    label: str
    """Name of the figure with its split: `Accuracy on test`."""

    value: str | float
    """The figure; numbers are formatted, text is shown unchanged."""

    hint: str = ""
    """Unit or protocol, in a few words."""

    wanted: str = ""
    """Threshold, as in `at least 0.99`."""

    baseline: str = ""
    """The same figure of the model it is compared with."""

    verdict: str = "none"
    """`passed`, `warning`, `refused` or `none`."""

    anchor: str = "evaluation"
    """Section with the details."""


@dataclass(frozen=True)
class StepRow:
    """One row of the table of steps."""

    name: str
    """Name of the step."""

    status: str
    """`ran`, `cached`, `refused`, `failed` or `not_run`."""

    reason: str = ""
    """Reason of the status, in one line."""

    seconds: float | None = None
    """Wall time; None if unknown."""

    cpu_seconds: float | None = None
    """User and system time; None if unknown."""

    peak_memory_mb: float | None = None
    """Largest resident memory; None if unknown."""


@dataclass(frozen=True)
class LineageStep:
    """One row of the table of lineage, from raw files to the model."""

    what: str
    """`raw files`, `commit`, `parameters`, `model`, ..."""

    identity: str
    """Hash, commit or version that identifies it."""

    detail: str = ""
    """One more line."""


@dataclass(frozen=True)
class Page:
    """Everything that a report page shows.

    The step that stopped a run, the missing sections and the chain from data to
    publication are derived from these fields.

    Raises:
        ValueError: If two sections have the same name, or a name is reserved or cannot
            be an anchor.
    """

    title: str
    """Heading."""

    kind: PageKind
    """`run` for a recipe, `data` for a data set."""

    name: str
    """Recipe or data set."""

    dataset: PageDataset
    """The data set."""

    verdict: PageVerdict
    """`passed` or `refused`; `warning` if checks that do not block have failed;
    `failed` if an error stopped the run; `none` without a verdict."""

    verdict_text: str
    """The verdict in a sentence."""

    headline: tuple[Headline, ...] = ()
    """Figures at the top."""

    sections: tuple[Section, ...] = ()
    """Sections of the steps, in reading order. Failed checks are quoted at the top:
    mappings with `name`, `wanted`, `received`, `passed` and `severity`, listed under
    `checks` among the facts of a section."""

    steps: tuple[StepRow, ...] = ()
    """All steps in order, including those that were not reached."""

    lineage: tuple[LineageStep, ...] = ()
    """From raw files to the model."""

    reproduce: tuple[str, ...] = ()
    """Commands that reproduce the run."""

    notes: tuple[str, ...] = ()
    """Notes on how the figures were measured."""

    pending: str = ""
    """Sentence on the missing sections of a run that goes on; empty for one that has
    ended."""

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
        """Return a section by its name; None if the run did not reach it."""
        return next((s for s in self.sections if s.name == name), None)

    @property
    def stopped_at(self) -> StepRow | None:
        """Return the step that ended the run early, if any."""
        stopping = (s for s in self.steps if s.status in ("refused", "failed"))
        return next(stopping, None)
