# SPDX-License-Identifier: Apache-2.0
"""Texts of Project Gutenberg: the body of a book without header and footer.

The publisher adds a header and a footer to every book and revises both at times, so two
files may differ and hold the same book. Books are compared by their bodies.
"""

import hashlib
import re
from typing import Final

_START = re.compile(r"^\*\*\* ?START OF TH(?:IS|E) PROJECT GUTENBERG.*$", re.MULTILINE)
_END = re.compile(r"^\*\*\* ?END OF TH(?:IS|E) PROJECT GUTENBERG.*$", re.MULTILINE)
# Older files repeat the trade mark before the end mark.
_TRADE_MARK = re.compile(r"^End of (?:the )?Project Gutenberg.*$", re.MULTILINE)
# Date of the last revision in the header, in the wordings of several years; the signs
# before it are those of its own line, so that no character is looked at twice.
_UPDATED = re.compile(
    r"^[^\w\n]{0,20}(?:most recently |last )?updated: {0,20}([^\]\r\n]{1,80})",
    re.I | re.M,
)
# A header has some 700 characters.
_HEADER: Final = 20_000


def read_body(content: bytes) -> str:
    """Return the body of a book, without header and footer, with line feeds.

    Invalid UTF-8 becomes U+FFFD, and without a mark the header or footer stays. The
    data validation reports both.

    Args:
        content: Bytes of the file.
    """
    text = content.decode("utf-8-sig", errors="replace")
    return strip_wrapper(text.replace("\r\n", "\n"))


def strip_wrapper(text: str) -> str:
    """Return a text without the header and footer of the publisher, if it has them.

    Args:
        text: The text, with line feeds.
    """
    if start := _START.search(text):
        text = text[start.end() :]
    if end := _END.search(text):
        text = text[: end.start()]
    return _TRADE_MARK.sub("", text).strip()


def body_sha256(content: bytes) -> str:
    """Compute the checksum of the body of a book.

    Args:
        content: Bytes of the file.
    """
    return hashlib.sha256(read_body(content).encode()).hexdigest()


def update_date(content: bytes) -> str:
    """Return the date of the last revision as the header has it; empty without one.

    Args:
        content: Bytes of the file.
    """
    text = content.decode("utf-8-sig", errors="replace")
    start = _START.search(text)
    found = _UPDATED.search(text, 0, min(start.start(), _HEADER) if start else 0)
    return found[1].strip() if found else ""
