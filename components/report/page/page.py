# SPDX-License-Identifier: Apache-2.0
"""The report page: one static HTML file that opens from disk and needs no network.

The verdict on the model or the data and its reasons come first, then the sections of
the steps. Equal content gives equal bytes.
"""

import base64
import hashlib
from pathlib import Path
from typing import Final

import jinja2

from components.core.files import write_text
from components.report.fragments import text
from components.report.page import overview
from components.report.page.content import Page

TEMPLATES: Final = Path(__file__).parent / "templates"
# A second lock behind escaping: nothing is loaded, no script runs, and of style sheets
# the page's own one alone is read, known by its hash. `style-src` is for browsers that
# do not know the two directives after it.
POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "style-src-elem 'sha256-{css}'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)


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
        page=page, css=css, policy=_policy(css), first=overview.overview(page)
    )


def _policy(css: str) -> str:
    digest = hashlib.sha256(css.encode()).digest()
    return POLICY.format(css=base64.b64encode(digest).decode())


def write_page(page: Page, path: str | Path) -> None:
    """Write the page; after an error the old file is unchanged.

    Args:
        page: Content of the page.
        path: The HTML file; its folder is made.
    """
    write_text(Path(path), render(page))
