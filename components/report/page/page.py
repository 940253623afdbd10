# SPDX-License-Identifier: Apache-2.0
"""The report page: one static HTML file that opens from disk and needs no network.

The verdict on the model or the data and its reasons come first, then the sections of
the steps. Equal content gives equal bytes.
"""

from pathlib import Path
from typing import Final

import jinja2

from components.core.files import replace_atomically
from components.report.fragments import text
from components.report.page import overview
from components.report.page.content import Page

TEMPLATES: Final = Path(__file__).parent / "templates"


def render(page: Page) -> str:
    """Return the page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=text.escape,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals.update(
        badge=text.badge, mark=text.mark, verdict_word=text.verdict_word, show=text.show
    )
    css = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return environment.get_template("page.html.j2").render(
        page=page, css=css, first=overview.overview(page)
    )


def write_page(page: Page, path: str | Path) -> None:
    """Write the page; after an error the old file is unchanged.

    Args:
        page: Content of the page.
        path: The HTML file; its folder is made.
    """
    with replace_atomically(Path(path)) as unfinished:
        unfinished.write_text(render(page), encoding="utf-8")
