# SPDX-License-Identifier: Apache-2.0
"""Whether a file is the one that a source list means; of a book, which it is."""

import hashlib
from pathlib import Path

from components.ingest.checksums import file_sha256
from components.ingest.formats.gutenberg import body_sha256, read_body, update_date
from components.ingest.source_list import DataFile


def is_right(path: Path, file: DataFile) -> bool:
    """Whether a file on disk is the one that a source list means.

    Args:
        path: The file.
        file: What was meant.
    """
    if file.body_sha256:
        return not find_difference(path.read_bytes(), file)
    return file_sha256(path) == file.sha256


def find_difference(content: bytes, file: DataFile) -> str:
    """Say how a book differs from the one meant; empty if it does not.

    Its header and footer do not count: the publisher revises them. Another edition is
    named, so that nobody compares results of two texts unawares.

    Args:
        content: The file as it came.
        file: What was meant, with `body_sha256` and the known `editions`.
    """
    if hashlib.sha256(content).hexdigest() == file.sha256:
        return ""
    received = body_sha256(content)
    if received == file.body_sha256:
        return ""
    return (
        f"another edition: {_name(content, received, file)}. "
        f"Expected a body with sha256 {file.body_sha256}; received sha256 {received}, "
        f"{len(read_body(content)):,} characters{_longer(content, file)}"
    )


def _name(content: bytes, body: str, file: DataFile) -> str:
    """Which edition it is: as the source list has it, or as its own header does."""
    names = {sha256: name for name, sha256 in file.editions.items()}
    if body in names:
        return names[body]
    updated = update_date(content)
    return f"updated {updated}" if updated else "one without a date"


def _longer(content: bytes, file: DataFile) -> str:
    difference = len(read_body(content)) - file.body_characters
    if not file.body_characters or not difference:
        return ""
    return f", {abs(difference):,} {'more' if difference > 0 else 'less'} than wanted"
