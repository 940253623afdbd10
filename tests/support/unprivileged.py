# SPDX-License-Identifier: Apache-2.0
"""Another user: what root may do, which tests in a container are, says nothing."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Be a user without root's rights while the block runs."""
    if os.geteuid() != 0:
        yield
        return
    # The saved user id stays root's, for the way back.
    os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@contextmanager
def public_folder() -> Iterator[Path]:
    """A temporary folder that every user may look into; pytest's are private."""
    with tempfile.TemporaryDirectory(prefix="prodl-tests-") as name:
        os.chmod(name, 0o755)
        yield Path(name).resolve()
