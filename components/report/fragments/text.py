# SPDX-License-Identifier: Apache-2.0
"""Text fragments of a report: safe HTML made from whatever is given.

Everything that is not `Markup` already is escaped. What these functions return is
`Markup`, so fragments nest, and a `+` with a plain string escapes that string.
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

# Verdicts of sections and pages, then states of steps: the word that is shown, and the
# mark before it. Colour is never the only sign.
_WORDS: Final = {
    "blessed": ("Blessed", "passed"),
    "passed": ("Passed", "passed"),
    "warning": ("Warning", "warning"),
    "refused": ("Refused", "refused"),
    "failed": ("Failed", "refused"),
    "none": ("Not judged", "none"),
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
    """Make any value safe inside HTML and SVG; `Markup` passes unchanged.

    Args:
        value: Text or anything `str` takes. Characters that XML cannot hold become
            U+FFFD, so that a damaged file name cannot damage the page.
    """
    if hasattr(value, "__html__"):
        return Markup(value)
    return markupsafe.escape(_UNPRINTABLE.sub("\ufffd", str(value)))


def show(value: Any) -> Markup:
    """Write one value of a table: numbers formatted, truth in words."""
    if value is None or isinstance(value, bool):
        return escape({None: "\u2013", True: "yes", False: "no"}[value])
    if is_number(value):
        return escape(format_number(value))
    return escape(value)


def is_number(value: Any) -> bool:
    """Whether a value is shown as a number; NumPy's scalars count, truth does not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def paragraph(text: Any) -> Markup:
    """A paragraph."""
    return Markup("<p>{}</p>").format(escape(text))


def subheading(text: Any, anchor: str = "") -> Markup:
    """A heading inside a section.

    Args:
        text: The heading.
        anchor: Name that a link can point to, unique on the page; begin it with the
            section's name, as in `items-duplicates`. Defaults to none.
    """
    if not anchor:
        return Markup("<h3>{}</h3>").format(escape(text))
    return Markup('<h3 id="{}">{}</h3>').format(slug(anchor), escape(text))


def slug(text: str) -> str:
    """Make an anchor name: lower case letters, digits, hyphens and underscores."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-") or "section"


def link(text: Any, anchor: str) -> Markup:
    """A link to a place on the same page."""
    return Markup('<a href="#{}">{}</a>').format(slug(anchor), escape(text))


def mark(verdict: str) -> Markup:
    """The small sign of a verdict, drawn so that it needs no font."""
    kind = _WORDS.get(verdict, ("", "none"))[1]
    return Markup(
        f'<svg class="mark {kind}" width="12" height="12" viewBox="0 0 16 16" '
        'fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" '
        f'aria-hidden="true">{_MARKS[kind]}</svg>'
    )


def verdict_word(verdict: str) -> str:
    """The word that a verdict or a state is shown as."""
    return _WORDS.get(verdict, (verdict.replace("_", " ").capitalize(), ""))[0]


def badge(verdict: str, word: str = "") -> Markup:
    """A verdict as a sign and a word.

    Args:
        verdict: `passed`, `warning`, `refused`, `none`, `blessed`, `failed`, `ran`,
            `cached`, `not_run` or `synthetic`.
        word: What to show in place of the usual word. Defaults to the usual word.
    """
    kind = _WORDS.get(verdict, ("", "none"))[1]
    return Markup('<span class="badge {}">{}{}</span>').format(
        kind, mark(verdict), escape(word or verdict_word(verdict))
    )


def details(summary: Any, body: Any, is_open: bool = False) -> Markup:
    """A part that opens on request, without any script.

    Args:
        summary: What is always visible.
        body: What opens.
        is_open: Whether it starts open. Defaults to False.
    """
    state = " open" if is_open else ""
    return Markup("<details{}><summary>{}</summary>{}</details>").format(
        state, escape(summary), escape(body)
    )


def code_block(text: str) -> Markup:
    """Commands or file content, with the line ends kept."""
    return Markup("<pre><code>{}</code></pre>").format(escape(text))


def code(text: Any) -> Markup:
    """A name, a path or a hash inside a line of text."""
    return Markup("<code>{}</code>").format(escape(text))


def join(*fragments: Any) -> Markup:
    """Put fragments one after another."""
    return Markup("\n").join(escape(fragment) for fragment in fragments)


def side_by_side(*fragments: Any) -> Markup:
    """Put charts beside each other where the screen is wide enough."""
    cells = Markup("").join(escape(fragment) for fragment in fragments)
    return Markup('<div class="side-by-side">{}</div>').format(cells)
