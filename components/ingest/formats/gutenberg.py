# SPDX-License-Identifier: Apache-2.0
"""A book of Project Gutenberg without what surrounds it.

The publisher wraps every book into a header and a footer, and now and then revises
both: two files may differ and still hold the same book. What counts is the body.
"""

import hashlib
import re

_START = re.compile(r"^\*\*\* ?START OF TH(?:IS|E) PROJECT GUTENBERG.*$", re.MULTILINE)
_END = re.compile(r"^\*\*\* ?END OF TH(?:IS|E) PROJECT GUTENBERG.*$", re.MULTILINE)
# Older files repeat the trade mark before the end mark.
_TRADE_MARK = re.compile(r"^End of (?:the )?Project Gutenberg.*$", re.MULTILINE)
# What the header says about the last revision, under its names of the years.
_UPDATED = re.compile(
    r"^\W*(?:most recently |last )?updated: *([^\]\r\n]+)", re.I | re.M
)


def read_body(content: bytes) -> str:
    """Give the book inside a file: no header, no footer, lines ended by line feeds.

    Bytes that are no UTF-8 become U+FFFD, and where a mark is missing what lies beyond
    it stays: both are for the checks of the data to find.

    Args:
        content: The file.
    """
    text = content.decode("utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n")
    if start := _START.search(text):
        text = text[start.end() :]
    if end := _END.search(text):
        text = text[: end.start()]
    return _TRADE_MARK.sub("", text).strip()


def body_sha256(content: bytes) -> str:
    """Name the book inside a file, whatever it is wrapped in.

    Args:
        content: The file.
    """
    return hashlib.sha256(read_body(content).encode()).hexdigest()


def update_date(content: bytes) -> str:
    """When the publisher last revised a file, in his words; empty if he does not say.

    Args:
        content: The file.
    """
    text = content.decode("utf-8-sig", errors="replace")
    start = _START.search(text)
    found = _UPDATED.search(text, 0, start.start() if start else 0)
    return found[1].strip() if found else ""
