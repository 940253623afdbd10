# SPDX-License-Identifier: Apache-2.0
"""Text fragments: headings, paragraphs, badges, code.

Values other than `Markup` are escaped. The functions return `Markup`, so fragments
nest, and adding a plain string escapes the string.
"""

import re
from numbers import Real
from typing import Any, Final

import markupsafe
from markupsafe import Markup

from components.core.number_format import format_number

# Characters that XML, and so the SVG in our pages, cannot hold.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
)

# Verdict of a section or page, or status of a step -> word and mark. Verdicts never
# differ by colour alone.
_WORDS: Final = {
    "passed": ("Passed", "passed"),
    "warning": ("Warning", "warning"),
    "refused": ("Refused", "refused"),
    "failed": ("Failed", "refused"),
    "none": ("No verdict", "none"),
    "ran": ("Ran", "passed"),
    "cached": ("Cached", "passed"),
    "not_run": ("Not run", "none"),
    "synthetic": ("Synthetic", "warning"),
}
_MARKS: Final = {
    "passed": '<path d="M3 8.5l3.2 3.3L13 4.6"/>',
    "warning": '<path d="M8 2.8v6.4M8 12v1.2"/>',
    "refused": '<path d="M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4"/>',
    "none": '<path d="M4 8h8"/>',
}


def escape(value: Any) -> Markup:
    """Escape any value for HTML and SVG; `Markup` is returned unchanged.

    Args:
        value: Text, or a value for `str`. Characters that XML does not allow, as in
            damaged file names, become U+FFFD.
    """
    if hasattr(value, "__html__"):
        return Markup(value)
    return markupsafe.escape(_UNPRINTABLE.sub("\ufffd", str(value)))


def show(value: Any) -> Markup:
    """Format a value of a table; booleans become `yes` and `no`."""
    if value is None or isinstance(value, bool):
        return escape({None: "\u2013", True: "yes", False: "no"}[value])
    if is_number(value):
        return escape(format_number(value))
    return escape(value)


def is_number(value: Any) -> bool:
    """Return whether a value is a number; NumPy scalars are, booleans are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def paragraph(text: Any) -> Markup:
    """Make a paragraph."""
    return Markup("<p>{}</p>").format(escape(text))


def subheading(text: Any, anchor: str = "") -> Markup:
    """Make a heading inside a section.

    Args:
        text: The heading.
        anchor: Anchor, unique on the page, that begins with the name of the section, as
            in `items-duplicates`. Defaults to none.
    """
    if not anchor:
        return Markup("<h3>{}</h3>").format(escape(text))
    return Markup('<h3 id="{}">{}</h3>').format(slug(anchor), escape(text))


def slug(text: str) -> str:
    """Make an anchor of lower case letters, digits, hyphens and underscores."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-") or "section"


def link(text: Any, anchor: str) -> Markup:
    """Make a link to an anchor of the same page."""
    return Markup('<a href="#{}">{}</a>').format(slug(anchor), escape(text))


def mark(verdict: str) -> Markup:
    """Draw the mark of a verdict as SVG, independent of fonts."""
    kind = _WORDS.get(verdict, ("", "none"))[1]
    return Markup(
        f'<svg class="mark {kind}" width="12" height="12" viewBox="0 0 16 16" '
        'fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" '
        f'aria-hidden="true">{_MARKS[kind]}</svg>'
    )


def verdict_word(verdict: str) -> str:
    """Return the word that is shown for a verdict or a status."""
    return _WORDS.get(verdict, (verdict.replace("_", " ").capitalize(), ""))[0]


def badge(verdict: str, word: str = "") -> Markup:
    """Make a badge of a verdict: mark and word.

    Args:
        verdict: `passed`, `warning`, `refused`, `none`, `failed`, `ran`, `cached`,
            `not_run` or `synthetic`.
        word: Word to be shown. Defaults to the one of the verdict.
    """
    kind = _WORDS.get(verdict, ("", "none"))[1]
    return Markup('<span class="badge {}">{}{}</span>').format(
        kind, mark(verdict), escape(word or verdict_word(verdict))
    )


def details(summary: Any, body: Any, is_open: bool = False) -> Markup:
    """Make a collapsible part, without a script.

    Args:
        summary: Heading, always visible.
        body: Collapsible content.
        is_open: Whether it is open at first. Defaults to False.
    """
    state = " open" if is_open else ""
    return Markup("<details{}><summary>{}</summary>{}</details>").format(
        state, escape(summary), escape(body)
    )


def code_block(text: str) -> Markup:
    """Make a block of commands or file content."""
    return Markup("<pre><code>{}</code></pre>").format(escape(text))


def code(text: Any) -> Markup:
    """Make inline code: a name, a path or a hash."""
    return Markup("<code>{}</code>").format(escape(text))


def join(*fragments: Any) -> Markup:
    """Concatenate fragments."""
    return Markup("\n").join(escape(fragment) for fragment in fragments)


def side_by_side(*fragments: Any) -> Markup:
    """Place charts beside each other if the screen is wide enough."""
    cells = Markup("").join(escape(fragment) for fragment in fragments)
    return Markup('<div class="side-by-side">{}</div>').format(cells)
