# SPDX-License-Identifier: Apache-2.0
"""Waiting for what controllers and scheduler do in their own time."""

import time
from collections.abc import Callable
from typing import Final

SECONDS: Final = 60.0


class NeverHappened(Exception):
    """A condition that did not come true in time."""


def wait_until(
    what: str, condition: Callable[[], bool], seconds: float = SECONDS
) -> None:
    """Wait until a condition holds.

    Args:
        what: The condition in words.
        condition: Whether it holds; called until it returns True.
        seconds: The longest wait. Defaults to a minute.

    Raises:
        NeverHappened: It did not hold in time.
    """
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise NeverHappened(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
