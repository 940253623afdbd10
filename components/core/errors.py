# SPDX-License-Identifier: Apache-2.0
"""Errors for users, each with the exit code of `prodl`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

# Characters of messages after which the rest is only counted.
_PRINTED: Final = 6000


class ProdlError(Exception):
    """A failure that the user can repair; the message has the cause and the remedy."""

    exit_code: ClassVar[int] = 1
    """Exit code of the command line."""


class UsageError(ProdlError):
    """An invalid command or parameter."""

    exit_code = 2


class UsageErrors(UsageError):
    """Several invalid parameters, told at once.

    Args:
        messages: One per parameter, two or more.
    """

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        text = f"{len(self.messages):,} settings are wrong."
        for number, message in enumerate(self.messages, 1):
            if len(text) > _PRINTED:
                text += f"\n... and {len(self.messages) - number + 1:,} more."
                break
            mark = f"{number}. "
            indented = message.replace("\n", "\n" + " " * len(mark))
            text += f"\n{mark}{indented}"
        super().__init__(text)


class ErrorList:
    """Usage errors that are collected, to be told at once."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, error: UsageError, prefix: str = "") -> None:
        """Add the messages of an error, each once.

        Args:
            error: The error.
            prefix: What each message begins with. Defaults to nothing.
        """
        for message in messages_of(error):
            if (whole := f"{prefix}{message}") not in self.messages:
                self.messages.append(whole)

    @contextmanager
    def collect(self, prefix: str = "") -> Iterator[None]:
        """Take a usage error of the `with` block, which ends there, into the list."""
        try:
            yield
        except UsageError as error:
            self.add(error, prefix)

    def raise_any(self) -> None:
        """Raise what was collected, as one error; nothing if there is nothing."""
        if self.messages:
            raise usage_error(self.messages)


def usage_error(messages: Iterable[str]) -> UsageError:
    """Make one error of one message or more."""
    every = list(messages)
    return UsageErrors(every) if len(every) > 1 else UsageError(every[0])


def messages_of(error: UsageError) -> tuple[str, ...]:
    """The messages that an error is made of."""
    return error.messages if isinstance(error, UsageErrors) else (str(error),)


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
