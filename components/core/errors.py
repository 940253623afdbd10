# SPDX-License-Identifier: Apache-2.0
"""Errors for users, each with the exit code of `prodl`."""

from pathlib import Path
from typing import ClassVar


class ProdlError(Exception):
    """A failure that the user can repair; the message has the cause and the remedy."""

    exit_code: ClassVar[int] = 1
    """Exit code of the command line."""


class UsageError(ProdlError):
    """An invalid command or parameter."""

    exit_code = 2


class DataNotObtainable(ProdlError):
    """No source has the raw files of a data set."""

    exit_code = 3


class DataRefused(ProdlError):
    """Data that are present but must not be used."""

    exit_code = 4


class ModelRefused(ProdlError):
    """A model that did not pass its gate, or is not the one that did."""

    exit_code = 5


class GateRefused(ModelRefused):
    """A model that its own gate refused: a result, where the recipe allows it."""


class Busy(ProdlError):
    """Another run holds the project's state folder."""

    exit_code = 6


class UnusableState(ProdlError):
    """A state folder that no run can go on with: damaged, moved or mixed up."""


class DamagedFile(ProdlError):
    """A file of the project's own that cannot be read: damaged, or of another kind.

    Args:
        path: The file.
        reason: What is wrong with it.
        remedy: How to get a sound one, as a sentence.
    """

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        sentence = " ".join(reason.split()).rstrip(".")
        super().__init__(f"{path} is damaged: {sentence}.\n{remedy}")
