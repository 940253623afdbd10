# SPDX-License-Identifier: Apache-2.0
"""A progress bar for a download, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

Advance = Callable[[int], None]


@contextmanager
def progress_bar(title: str, total: int | None, done: int) -> Iterator[Advance]:
    """Show a bar on stderr while the block runs; it disappears at the end.

    Args:
        title: What is being received.
        total: Bytes in all, or None where the server does not tell.
        done: Bytes already there.

    Yields:
        A function to be told of each number of bytes received.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda num_bytes: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total, completed=done)
        yield lambda num_bytes: bar.advance(task, num_bytes)
