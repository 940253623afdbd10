# SPDX-License-Identifier: Apache-2.0
"""Check of the namespace's quota against what a run asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipelines.doctor.cluster.capacity.demand import StepDemand
from pipelines.doctor.cluster.capacity.limit_checks import (
    no_namespace,
    raise_it,
    read_defaults,
)
from pipelines.doctor.cluster.capacity.quantities import read_quantity, show_amount
from pipelines.doctor.cluster.http.answer import undecided
from pipelines.doctor.cluster.subject import Subject
from pipelines.doctor.findings import Finding

# Scopes of a quota that the Pods of a run are in: they have requests and no deadline.
SCOPES: Final = frozenset({"NotTerminating", "NotBestEffort"})
# Resources of which a quota makes every container name its amount.
NAMED: Final = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
REQUESTS, LIMITS = "requests.", "limits."


@dataclass(frozen=True)
class Row:
    """One resource of a quota, and what a run takes of it."""

    quota: str
    """Name of the quota."""

    resource: str
    """Resource, `requests.cpu` for example."""

    hard: float
    """What the quota admits."""

    used: float
    """What is taken already."""

    largest: float
    """What the largest step takes."""

    largest_step: str
    """Its name."""

    peak: float
    """What steps that can run at once take."""

    def __str__(self) -> str:
        """Resource and amounts."""
        peak, hard = self._show(self.peak), self._show(self.hard)
        return f"{self.resource} {peak} of {hard}, {self._show(self.used)} used"

    def _show(self, amount: float) -> str:
        return show_amount(self.resource, amount)

    @property
    def is_too_small(self) -> bool:
        """Whether a step never fits."""
        return self.largest > self.hard

    @property
    def is_full(self) -> bool:
        """Whether a step does not fit beside what runs now."""
        return self.used + self.largest > self.hard


def check_quota(subject: Subject) -> Finding:
    """The quota admits the run, and has room for it now."""
    if subject.is_without_namespace:
        return no_namespace("quota", subject)
    quotas = subject.connection.get(subject.path("resourcequotas"))
    limits = subject.connection.get(subject.path("limitranges"))
    for what, answer in (("resourcequotas", quotas), ("limitranges", limits)):
        if not answer.is_found:
            may_read = f"{what} -n {subject.namespace}"
            return undecided("quota", what, answer, may_read)
    rows = read_rows(subject, quotas.items, _beside(limits.items))
    for row in rows:
        if row.is_too_small:
            return _too_small(subject, row)
    if unnamed := _unnamed(rows, limits.items):
        observed = f"no default for {', '.join(unnamed)}: Argo's containers are refused"
        return Finding("quota", "error", observed, raise_it(subject))
    full = [row for row in rows if row.is_full]
    if full:
        listed = "; ".join(map(str, full))
        observed = f"no room for {full[0].largest_step} now: {listed}"
        remedy = f"wait for other runs: kubectl get workflows -n {subject.namespace}"
        return Finding("quota", "warning", observed, remedy)
    return Finding("quota", "ok", "; ".join(map(str, rows)) or "none")


def read_rows(
    subject: Subject, quotas: list[dict[str, Any]], beside: Mapping[str, float]
) -> list[Row]:
    """Compare the quotas that Pods of a run count against with the demand.

    Args:
        subject: Cluster and run.
        quotas: Objects of the API.
        beside: What Argo's container in each Pod takes by default.
    """
    rows = []
    for quota in quotas:
        spec, status = quota.get("spec", {}), quota.get("status", {})
        if set(spec.get("scopes") or []) - SCOPES or spec.get("scopeSelector"):
            continue
        used = status.get("used") or {}
        for resource, hard in (spec.get("hard") or {}).items():
            amounts = {
                step.name: _amount(step, resource, beside)
                for step in subject.demand.steps
            }
            largest = max(amounts, key=lambda name: amounts[name], default="")
            if largest and amounts[largest]:
                rows.append(
                    Row(
                        quota["metadata"]["name"],
                        resource,
                        hard=read_quantity(hard),
                        used=read_quantity(used.get(resource, 0)),
                        largest=amounts[largest],
                        largest_step=largest,
                        peak=subject.demand.peak(amounts),
                    )
                )
    return rows


def _amount(step: StepDemand, resource: str, beside: Mapping[str, float]) -> float:
    """What the Pod of a step takes of a resource of a quota."""
    if resource in ("pods", "count/pods"):
        return 1.0
    amounts = step.limits if resource.startswith(LIMITS) else step.requests
    asked = amounts.get(resource.removeprefix(LIMITS).removeprefix(REQUESTS), 0.0)
    return asked + beside.get(resource, 0.0) if asked else 0.0


def _beside(limits: list[dict[str, Any]]) -> dict[str, float]:
    """What a container of Argo in each Pod takes, as it names no amounts."""
    requests = read_defaults(limits, "defaultRequest")
    named = {f"{REQUESTS}{name}": amount for name, amount in requests.items()}
    for name, amount in read_defaults(limits, "default").items():
        named[f"{LIMITS}{name}"] = amount
    return {**requests, **named}


def _unnamed(rows: list[Row], limits: list[dict[str, Any]]) -> list[str]:
    """Resources of which a container must name an amount and has no default."""
    kinds = {REQUESTS: "defaultRequest", LIMITS: "default"}
    missing = []
    for resource in {row.resource for row in rows} & set(NAMED):
        prefix = REQUESTS if resource.startswith(REQUESTS) else LIMITS
        if resource.removeprefix(prefix) not in read_defaults(limits, kinds[prefix]):
            missing.append(resource)
    return sorted(missing)


def _too_small(subject: Subject, row: Row) -> Finding:
    wanted = show_amount(row.resource, row.largest)
    hard = show_amount(row.resource, row.hard)
    observed = (
        f"{row.quota} admits {row.resource} {hard}, {row.largest_step} asks {wanted}"
    )
    return Finding("quota", "error", observed, raise_it(subject))
