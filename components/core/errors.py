# SPDX-License-Identifier: Apache-2.0
"""What can go wrong for a user, each with the exit code of `prodl` that tells it."""

from typing import ClassVar


class ProdlError(Exception):
    """A failure that its reader can mend; the message says what happened and how.

    Attributes:
        exit_code: What the command line ends with.
    """

    exit_code: ClassVar[int] = 1


class UsageError(ProdlError):
    """A command or a parameter that cannot be right."""

    exit_code = 2


class DataNotObtainable(ProdlError):
    """The raw files of a data set could not be had from any source."""

    exit_code = 3


class DataRefused(ProdlError):
    """Data that are there but must not be used."""

    exit_code = 4


class ModelRefused(ProdlError):
    """A model that its gate did not bless."""

    exit_code = 5


class Busy(ProdlError):
    """Another run holds the project's state folder."""

    exit_code = 6
