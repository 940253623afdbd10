# SPDX-License-Identifier: Apache-2.0
"""Comparison of a file with its entry in a source list, and of editions of a book."""

import hashlib
from pathlib import Path

from components.core.hashing import file_sha256
from components.ingest.download_sources import DataFile
from components.ingest.formats.gutenberg import body_sha256, read_body, update_date


def is_expected(path: Path, file: DataFile) -> bool:
    """Whether a file on disk has the content that its entry describes.

    Args:
        path: The file.
        file: Its entry in the source list.
    """
    if file.body_sha256:
        return not find_difference(path.read_bytes(), file)
    return file_sha256(path) == file.sha256


def find_difference(content: bytes, file: DataFile) -> str:
    """Describe how a book differs from the expected one; empty if it does not.

    Header and footer do not count, because the publisher revises them. The message
    names another edition, so that results of two texts are not compared unawares.

    Args:
        content: Bytes of the file.
        file: The expected book, with `body_sha256` and the known `editions`.
    """
    if hashlib.sha256(content).hexdigest() == file.sha256:
        return ""
    received = body_sha256(content)
    if received == file.body_sha256:
        return ""
    return (
        f"another edition: {_edition_name(content, received, file)}. "
        f"Expected a body with sha256 {file.body_sha256}; received sha256 {received}, "
        f"{len(read_body(content)):,} characters{_length_difference(content, file)}"
    )


def _edition_name(content: bytes, body: str, file: DataFile) -> str:
    """Name of an edition from the source list, else the date in its header."""
    names = {sha256: name for name, sha256 in file.editions.items()}
    if body in names:
        return names[body]
    updated = update_date(content)
    return f"updated {updated}" if updated else "one without a date"


def _length_difference(content: bytes, file: DataFile) -> str:
    difference = len(read_body(content)) - file.body_characters
    if not file.body_characters or not difference:
        return ""
    return f", {abs(difference):,} {'more' if difference > 0 else 'less'} than wanted"
