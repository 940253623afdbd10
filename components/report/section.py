# SPDX-License-Identifier: Apache-2.0
"""A section of a report page, made from the data that a step wrote."""

import json
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from components.contracts.step_data import RECORD_FILE, StepData, read_step_data

SectionVerdict = Literal["passed", "warning", "refused", "none"]

SECTION_JSON = "section.json"
SECTION_HTML = "section.html"


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


def write_section(section: Section, directory: str | Path) -> None:
    """Write a section into a folder, as `section.json` and `section.html`."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    record = asdict(section)
    (folder / SECTION_HTML).write_text(record.pop("html"), encoding="utf-8")
    (folder / SECTION_JSON).write_text(
        json.dumps(record, indent=1, sort_keys=True), encoding="utf-8"
    )


def has_section(directory: str | Path) -> bool:
    """Return whether a folder holds a section, or the data of one."""
    folder = Path(directory)
    return (folder / RECORD_FILE).exists() or (folder / SECTION_JSON).exists()


def read_section(directory: str | Path) -> Section:
    """Return the section of a folder, made from the data that a step wrote there."""
    folder = Path(directory)
    if (folder / RECORD_FILE).exists():
        return render_section(read_step_data(folder))
    record = json.loads((folder / SECTION_JSON).read_text(encoding="utf-8"))
    return Section(html=(folder / SECTION_HTML).read_text(encoding="utf-8"), **record)


def render_section(data: StepData) -> Section:
    """Make a section with the renderer that the data record names."""
    section: Section = import_module(data.renderer).render(data)
    return section
