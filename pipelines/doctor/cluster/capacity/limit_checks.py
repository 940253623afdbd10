# SPDX-License-Identifier: Apache-2.0
"""Check of the limits of a container in the namespace against those of the steps."""

from typing import Any, Final

from pipelines.doctor.cluster.capacity.quantities import read_quantity, show_amount
from pipelines.doctor.cluster.http.answer import undecided
from pipelines.doctor.cluster.subject import APPLY, Subject
from pipelines.doctor.findings import Finding

QUOTA_FILE: Final = "infra/kubeflow/base/quota.yaml"


def check_limits(subject: Subject) -> Finding:
    """No step asks for more than a container may have here."""
    if subject.is_without_namespace:
        return no_namespace("limits", subject)
    answer = subject.connection.get(subject.path("limitranges"))
    if not answer.is_found:
        may_read = f"limitranges -n {subject.namespace}"
        return undecided("limits", "limitranges", answer, may_read)
    allowed = _largest_containers(answer.items)
    for step in subject.demand.steps:
        for resource, limit in step.limits.items():
            if limit > allowed.get(resource, limit):
                wanted = show_amount(resource, limit)
                most = show_amount(resource, allowed[resource])
                observed = f"{step.name} may use {resource} {wanted}, at most {most}"
                return Finding("limits", "error", observed, raise_it(subject))
    listed = [f"{name} {show_amount(name, n)}" for name, n in sorted(allowed.items())]
    return Finding("limits", "ok", f"per container: {', '.join(listed) or 'none'}")


def no_namespace(name: str, subject: Subject) -> Finding:
    """The finding where there is no namespace that could have limits."""
    observed = f"cannot tell from here: {subject.namespace} is missing"
    return Finding(name, "unknown", observed, APPLY)


def read_defaults(limits: list[dict[str, Any]], kind: str) -> dict[str, float]:
    """What a container gets that names no amount.

    Args:
        limits: Limit ranges.
        kind: `default` for limits, `defaultRequest` for requests.
    """
    return {
        name: read_quantity(amount)
        for entry in _container_limits(limits)
        for name, amount in (entry.get(kind) or {}).items()
    }


def raise_it(subject: Subject) -> str:
    """The remedy for a quota or limit that is too small."""
    apply = f"kubectl apply -n {subject.namespace} -f {QUOTA_FILE}"
    return f"raise it in {QUOTA_FILE}, then {apply}"


def _largest_containers(limits: list[dict[str, Any]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for entry in _container_limits(limits):
        for name, amount in (entry.get("max") or {}).items():
            most = read_quantity(amount)
            found[name] = min(most, found.get(name, most))
    return found


def _container_limits(limits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        entry
        for limit in limits
        for entry in limit.get("spec", {}).get("limits") or []
        if entry.get("type") == "Container"
    ]
