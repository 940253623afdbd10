# SPDX-License-Identifier: Apache-2.0
"""The report page: one static HTML file that opens from disk and needs no network.

Its first screen answers whether the model (or the data) can be trusted, and why; the
sections that the steps wrote follow. The same content gives the same bytes.
"""

import os
from pathlib import Path
from typing import Final

from components.report.fragments import text
from components.report.page import overview
from components.report.page.content import Page

TEMPLATES: Final = Path(__file__).parent / "templates"


def render(page: Page) -> str:
    """Give the page as HTML.

    Args:
        page: What it shows.
    """
    import jinja2

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
    """Write the page, whole or not at all.

    Args:
        page: What it shows.
        path: The HTML file; its folder is made.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        scratch.write_text(render(page), encoding="utf-8")
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)
