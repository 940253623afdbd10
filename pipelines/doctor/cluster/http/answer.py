# SPDX-License-Identifier: Apache-2.0
"""What a server answered to a question, and the finding where it refused to answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from urllib3.exceptions import NewConnectionError, TimeoutError

from components.core.redaction import without_secrets
from components.core.shortening import shorten
from pipelines.doctor.findings import Finding

# In place of a status of HTTP: the server was not reached, or did not answer in time.
NOT_REACHED: Final = 0
# Limits of every question.
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 15.0
MAX_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Answer:
    """Status and content of an answer over HTTP."""

    status: int
    """Status of HTTP; NOT_REACHED without an answer."""

    content: bytes
    """Content of the answer."""

    reason: str = ""
    """Why there is no answer."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of an answer by another server than that of Kubernetes."""

    @cached_property
    def body(self) -> dict[str, Any]:
        """The content as a JSON object; empty if it is none."""
        try:
            read = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def items(self) -> list[dict[str, Any]]:
        """The objects of a list."""
        listed = self.body.get("items")
        entries = listed if isinstance(listed, list) else []
        return [entry for entry in entries if isinstance(entry, dict)]

    @property
    def is_found(self) -> bool:
        """Whether the object is there."""
        return 200 <= self.status < 300

    @property
    def is_missing(self) -> bool:
        """Whether the server says that there is no such object."""
        return self.status == 404

    @property
    def is_forbidden(self) -> bool:
        """Whether the user may not ask."""
        return self.status == 403

    @property
    def is_of_kubernetes(self) -> bool:
        """Whether the API server itself refused, not a service that it proxies."""
        return bool(self.body.get("kind") == "Status")

    @property
    def summary(self) -> str:
        """The answer in a few words, for messages."""
        if self.status == NOT_REACHED:
            return self.reason
        text = str(self.body.get("message") or self.content[:200].decode("latin-1"))
        return f"{self.status}, {shorten(' '.join(text.split()), 200)}".rstrip(", ")


def undecided(name: str, what: str, answer: Answer, may_read: str) -> Finding:
    """The finding of a check whose question was not answered.

    Args:
        name: Name of the check.
        what: What was asked for.
        answer: The answer, neither found nor missing.
        may_read: Resource and namespace, as `kubectl auth can-i get` takes them.
    """
    if answer.is_forbidden:
        observed = f"cannot tell from here: this user may not read {what} (403)"
        remedy = f"ask for the right that this tests: kubectl auth can-i get {may_read}"
        return Finding(name, "unknown", observed, remedy)
    observed = f"cannot tell from here: {what}: {answer.summary}"
    return Finding(name, "unknown", observed, "prodl doctor --cluster, again")


def not_reached(error: BaseException) -> Answer:
    """The answer where a connection failed, with the innermost cause in one line."""
    while isinstance(inner := _cause(error), BaseException):
        error = inner
    if isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError):
        limit = CONNECT_SECONDS + READ_SECONDS
        return Answer(NOT_REACHED, b"", f"no answer within {limit:g} s")
    # urllib3 puts the connection's object before the message.
    text = " ".join(str(error).split()).rpartition(": ")[2] or type(error).__name__
    text = re.sub(r" \(_ssl\.c:\d+\)$", "", text.rstrip("."))
    return Answer(NOT_REACHED, b"", shorten(without_secrets(text), 200))


def too_large() -> Answer:
    """The answer where one is longer than what is read: its end would be missing."""
    return Answer(NOT_REACHED, b"", f"an answer of more than {MAX_BYTES >> 20} MiB")


def _cause(error: BaseException) -> Any:
    """What urllib3 and requests keep as the reason of an error."""
    return getattr(error, "reason", None) or next(iter(error.args), None)
