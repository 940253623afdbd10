# SPDX-License-Identifier: Apache-2.0
"""A section of a report page, made from the data that a step wrote."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from components.contracts.step_data import RECORD_FILE, StepData, read_step_data

SectionVerdict = Literal["passed", "warning", "refused", "none"]


@dataclass(frozen=True)
class Section:
    """One section of a report page."""

    name: str
    """Anchor on the page: `items`, `distributions`, `training`, `evaluation`."""

    title: str
    """Heading."""

    summary: str
    """Summary in one sentence."""

    verdict: SectionVerdict = "none"
    """`none` for a section without checks."""

    html: str = ""
    """Body: a self-contained fragment made with `components/report/html.py`."""

    facts: dict[str, Any] = field(default_factory=dict)
    """The same content for machines; values that JSON can hold. Under `checks` a list
    of mappings with `name`, `wanted`, `received`, `passed` and, where a failure does
    not block, `severity: warning`; the page quotes failed ones."""


def has_section(directory: str | Path) -> bool:
    """Return whether a step left the data of a section in a folder."""
    return (Path(directory) / RECORD_FILE).exists()


def read_section(directory: str | Path) -> Section:
    """Return the section of a folder, made from the data that a step wrote there."""
    return render_section(read_step_data(directory))


def render_section(data: StepData) -> Section:
    """Make a section with the renderer that the data record names."""
    section: Section = import_module(data.renderer).render(data)
    return section
