# SPDX-License-Identifier: Apache-2.0
"""Connection to the API server of a cluster.

Only questions are sent: GET requests, and reviews of access rights, which Kubernetes
takes as POST and does not store.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient

from components.core.errors import UsageError
from pipelines.doctor.cluster.http.answer import (
    CONNECT_SECONDS,
    MAX_BYTES,
    NOT_REACHED,
    READ_SECONDS,
    Answer,
    not_reached,
    too_large,
)
from pipelines.doctor.cluster.http.kubeconfig import open_client

# Who the server takes a request without accepted credentials for.
ANONYMOUS: Final = "system:anonymous"


class Connection:
    """Questions to one API server; each GET is sent once.

    Args:
        api: Client with address and credentials.
        context: Name of the kubeconfig's context.
    """

    def __init__(self, api: ApiClient, context: str) -> None:
        self.host = str(api.configuration.host).rstrip("/")
        self.context = context
        self.user = ""
        self._api = api
        self._answers: dict[str, Answer] = {}

    def get(self, path: str, **query: str) -> Answer:
        """Ask for an object, a list, or what a proxied service answers."""
        address = f"{path}?{urlencode(query)}" if query else path
        if address not in self._answers:
            self._answers[address] = self._send("GET", address)
        return self._answers[address]

    def review(
        self, path: str, body: Mapping[str, Any], impersonated: str = ""
    ) -> Answer:
        """Ask for a review, which the server answers and does not store.

        Args:
            path: Address of the kind of review.
            body: The question.
            impersonated: User in whose place it is asked. Defaults to one's own.
        """
        headers = {"Impersonate-User": impersonated} if impersonated else {}
        return self._send("POST", path, body, headers)

    def _send(
        self,
        method: str,
        address: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent: dict[str, str] = {"Accept": "application/json", **(headers or {})}
        self._api.update_params_for_auth(sent, [], ["BearerToken"])
        try:
            response = self._api.rest_client.pool_manager.request(
                method,
                self.host + address,
                headers=sent,
                json=body,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                preload_content=False,
                redirect=False,
            )
            content = response.read(MAX_BYTES + 1)
            response.release_conn()
        # ValueError: a token that HTTP cannot carry.
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return not_reached(error)
        if len(content) > MAX_BYTES:
            return too_large()
        return Answer(response.status, content)


def connect(kubeconfig: str = "", context: str = "") -> Connection:
    """Open a connection, and make sure that a Kubernetes API server knows the user.

    Args:
        kubeconfig: The file. Defaults to KUBECONFIG, else `~/.kube/config`.
        context: Its context. Defaults to the file's current one.

    Raises:
        UsageError: There is no usable kubeconfig, no such context, no API server at
            its address, or one that refuses the credentials.
    """
    connection = Connection(*open_client(kubeconfig, context))
    answer = connection.get("/version")
    where = f"{connection.host} (context {connection.context})"
    if answer.status == NOT_REACHED:
        raise UsageError(
            f"{where}: the Kubernetes API server does not answer: {answer.reason}.\n"
            "Start the cluster or its tunnel, or give another --context."
        )
    if answer.status == 401:
        raise UsageError(_refused(where))
    if not (answer.is_forbidden or "gitVersion" in answer.body):
        raise UsageError(
            f"{where}: expected the API server of Kubernetes.\nReceived: "
            f"{answer.summary}.\nCorrect the address in the kubeconfig, or give "
            "another --context."
        )
    connection.user = _user(connection)
    if connection.user == ANONYMOUS:
        raise UsageError(_refused(where))
    return connection


def _user(connection: Connection) -> str:
    """The name that the server knows this user by; empty if it does not say."""
    answer = connection.review(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
    )
    if answer.is_forbidden and ANONYMOUS in answer.summary:
        return ANONYMOUS
    info = answer.body.get("status", {}).get("userInfo", {})
    return str(info.get("username", ""))


def _refused(where: str) -> str:
    return (
        f"{where}: the server does not accept the credentials of this kubeconfig.\n"
        "A token or certificate expires: log in again, and let the cluster's command "
        "line write the kubeconfig again."
    )
