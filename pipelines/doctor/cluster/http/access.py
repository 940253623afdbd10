# SPDX-License-Identifier: Apache-2.0
"""What another user may do, by Kubernetes' reviews of access, as `kubectl auth can-i`.

A review in one's own right (LocalSubjectAccessReview) comes first; who may not ask it
may be allowed to ask in the place of the user (impersonation).
"""

from dataclasses import dataclass
from typing import Any, Final

from pipelines.doctor.cluster.http.answer import Answer
from pipelines.doctor.cluster.http.connection import Connection
from pipelines.doctor.findings import Finding

AUTHORIZATION: Final = "/apis/authorization.k8s.io/v1"
ACCOUNT_PREFIX: Final = "system:serviceaccount:"


@dataclass(frozen=True)
class Attributes:
    """An action on resources of a namespace."""

    verb: str
    """Verb of Kubernetes, `get` for example."""

    resource: str
    """Resource, with its subresource: `pods`, `workflowtasksets/status`."""

    group: str = ""
    """Group of the API; empty for the core."""

    name: str = ""
    """Name of the object; empty for all."""

    def __str__(self) -> str:
        """As the arguments of `kubectl auth can-i`."""
        resource, _, subresource = self.resource.partition("/")
        group = f".{self.group}" if self.group else ""
        name = f"/{self.name}" if self.name else ""
        option = f" --subresource={subresource}" if subresource else ""
        return f"{self.verb} {resource}{group}{name}{option}"


@dataclass(frozen=True)
class Access:
    """The answer of a review."""

    user: str
    """The user."""

    namespace: str
    """Namespace of the resources."""

    allowed: bool | None
    """Whether the user may; None if the server did not say."""

    answer: Answer
    """The answer that `allowed` comes from."""

    def undecided(self, name: str, attributes: Attributes) -> Finding:
        """The finding of a check whose review was not answered."""
        what = f"what {self.user.rpartition(':')[2]} may do"
        if not self.answer.is_forbidden:
            observed = f"cannot tell from here: {what}: {self.answer.summary}"
            return Finding(name, "unknown", observed, "prodl doctor --cluster, again")
        observed = f"cannot tell from here: this user may not ask {what} (403)"
        remedy = (
            f"let an administrator ask: kubectl auth can-i {attributes} "
            f"-n {self.namespace} --as={self.user}"
        )
        return Finding(name, "unknown", observed, remedy)


def may(
    connection: Connection, user: str, namespace: str, attributes: Attributes
) -> Access:
    """Ask whether a service account may do something.

    Args:
        connection: Connection to the API server.
        user: Its name as a user, `system:serviceaccount:NAMESPACE:NAME`.
        namespace: Namespace of the resources.
        attributes: The action.
    """
    resource, _, subresource = attributes.resource.partition("/")
    asked = {
        "namespace": namespace,
        "verb": attributes.verb,
        "group": attributes.group,
        "resource": resource,
        "subresource": subresource,
        "name": attributes.name,
    }
    spec: dict[str, Any] = {"resourceAttributes": asked}
    answer = connection.review(
        f"{AUTHORIZATION}/namespaces/{namespace}/localsubjectaccessreviews",
        {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "LocalSubjectAccessReview",
            "metadata": {"namespace": namespace},
            "spec": {**spec, "user": user, "groups": _groups(user)},
        },
    )
    if answer.is_forbidden:
        answer = connection.review(
            f"{AUTHORIZATION}/selfsubjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": spec,
            },
            impersonated=user,
        )
    allowed = answer.body.get("status", {}).get("allowed") if answer.is_found else None
    return Access(user, namespace, allowed, answer)


def _groups(user: str) -> list[str]:
    """The groups that the server adds to a service account."""
    namespace = user.removeprefix(ACCOUNT_PREFIX).partition(":")[0]
    every = ACCOUNT_PREFIX.rstrip(":") + "s"
    return [every, f"{every}:{namespace}", "system:authenticated"]
