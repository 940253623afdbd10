# SPDX-License-Identifier: Apache-2.0
"""Check that the service account of a run may do what the project's role lists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.yaml_files import load_yaml_documents
from pipelines.doctor.cluster.http.access import ACCOUNT_PREFIX, Attributes, may
from pipelines.doctor.cluster.subject import APPLY, Subject
from pipelines.doctor.findings import Finding

ROLE_FILE: Final = "infra/kubeflow/base/runner.yaml"


def check_rights(subject: Subject) -> Finding:
    """The account may do everything that Argo's executor, driver and launcher need."""
    try:
        wanted = list(read_role(subject.project))
    except UsageError:
        wanted = []
    if not wanted:
        observed = f"cannot tell from here: no role can be read from {ROLE_FILE}"
        return Finding("rights", "unknown", observed, f"git checkout {ROLE_FILE}")
    user = f"{ACCOUNT_PREFIX}{subject.namespace}:{subject.account}"
    denied = []
    for attributes in wanted:
        access = may(subject.connection, user, subject.namespace, attributes)
        if access.allowed is None:
            return access.undecided("rights", attributes)
        if not access.allowed:
            denied.append(str(attributes))
    if not denied:
        observed = f"{subject.account} may do all {len(wanted)} things that a run needs"
        return Finding("rights", "ok", observed)
    more = f" and {len(denied) - 3} more" if len(denied) > 3 else ""
    observed = f"{subject.account} may not {', '.join(denied[:3])}{more}"
    return Finding("rights", "error", observed, APPLY)


def read_role(project: Path) -> Iterator[Attributes]:
    """Read what the role of a run allows: one action at a time.

    Args:
        project: The project's folder.

    Raises:
        UsageError: The file with the role is missing or invalid.
    """
    for manifest in load_yaml_documents(project / ROLE_FILE):
        if isinstance(manifest, dict) and manifest.get("kind") == "Role":
            for rule in manifest.get("rules") or []:
                yield from _actions(rule)


def _actions(rule: dict[str, Any]) -> Iterator[Attributes]:
    for group in rule.get("apiGroups", []):
        for resource in rule.get("resources", []):
            for name in rule.get("resourceNames", [""]):
                for verb in rule.get("verbs", []):
                    yield Attributes(verb, resource, group, name)
