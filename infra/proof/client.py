# SPDX-License-Identifier: Apache-2.0
"""A client of the API server that keeps the warnings of each answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from infra.proof.control_plane import ControlPlane

Object = dict[str, Any]
SECONDS: Final = 60.0
# Name of the writer, by which the API server keeps who set which field.
MANAGER: Final = "prodl-proof"


class Refused(Exception):
    """The API server refused a request; the message is its own."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        super().__init__(str(status.get("message", status)))
        self.reason = str(status.get("reason", ""))
        """One word for the cause, `Forbidden` for example."""


@dataclass
class Client:
    """Creates, applies, reads and deletes objects of a control plane."""

    plane: ControlPlane
    """The control plane."""

    warnings: list[str] = field(default_factory=list)
    """Warnings of all answers, in their order."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(self.plane.authority)
        self._session.headers["Authorization"] = f"Bearer {self.plane.token}"

    def create(self, path: str, body: Object) -> Object:
        """Create an object strictly: an unknown field is refused.

        Args:
            path: Its collection, `api/v1/nodes`.
            body: The object.

        Raises:
            Refused: The API server did not admit it.
        """
        return self.call("POST", path, body, {"fieldValidation": "Strict"})

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Object:
        """Read an object or a collection.

        Args:
            path: Its path, `api/v1/nodes`.
            query: Parameters, such as a label selector. Defaults to none.
        """
        return self.call("GET", path, None, query)

    def replace_status(self, path: str, body: Object) -> Object:
        """Replace the status of an object, as the machine would that reports it."""
        return self.call("PUT", f"{path}/status", body)

    def delete(self, path: str) -> Object:
        """Delete an object or a collection at once."""
        body = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
        return self.call("DELETE", path, body)

    def call(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Object:
        """Send one request and return the object of its answer.

        Raises:
            Refused: The answer is an error.
        """
        answer = self._session.request(
            method,
            f"{self.plane.server}/{path}",
            json=body,
            params={"fieldManager": MANAGER, **(query or {})},
            timeout=SECONDS,
        )
        for header in answer.raw.headers.getlist("Warning"):
            self.warnings.append(_text_of(header))
        if not answer.ok:
            raise Refused(_status(answer))
        content: Object = answer.json()
        return content


def _status(answer: requests.Response) -> Object:
    """What an error says of itself; a path that nobody serves yet answers in words."""
    try:
        return dict(answer.json())
    except ValueError:
        return {"message": f"{answer.status_code}: {answer.text.strip()}"}


def _text_of(warning: str) -> str:
    """Text of a header `299 - "text"`, in which quotes are escaped."""
    _, _, text = warning.partition('"')
    return text.removesuffix('"').replace('\\"', '"')
