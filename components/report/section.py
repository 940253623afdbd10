# SPDX-License-Identifier: Apache-2.0
"""A section of a report: what one step has to say, as HTML and as JSON.

A section belongs to the artifact of the step that wrote it; a cached step has it too.
"""

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
    """One section of a report page.

    Attributes:
        name: Anchor on the page: `items`, `distributions`, `training`, `evaluation`.
        title: Heading.
        summary: One sentence that a hurried reader may stop at.
        verdict: `passed`, `warning`, `refused`, or `none` where nothing is judged.
        html: The body: a self-contained fragment made with `components/report/html.py`.
        facts: The same content for machines; values that JSON can hold. Under `checks`
            a list of mappings with `name`, `wanted`, `received`, `passed` and, where a
            failure does not block, `severity: warning`; the page quotes failed ones.
    """

    name: str
    title: str
    summary: str
    verdict: SectionVerdict = "none"
    html: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


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
    """Return whether a step left a section, or the data of one, in a folder."""
    folder = Path(directory)
    return (folder / RECORD_FILE).exists() or (folder / SECTION_JSON).exists()


def read_section(directory: str | Path) -> Section:
    """Make the section of the data that a step left in a folder."""
    folder = Path(directory)
    if (folder / RECORD_FILE).exists():
        return render_section(read_step_data(folder))
    record = json.loads((folder / SECTION_JSON).read_text(encoding="utf-8"))
    return Section(html=(folder / SECTION_HTML).read_text(encoding="utf-8"), **record)


def render_section(data: StepData) -> Section:
    """Make a section with the renderer that the data name."""
    section: Section = import_module(data.renderer).render(data)
    return section
