# SPDX-License-Identifier: Apache-2.0
"""Checks of the run's namespace, of account and volume in it, and of KFP's access."""

from typing import Final

from pipelines.doctor.cluster.http.access import ACCOUNT_PREFIX, Attributes, may
from pipelines.doctor.cluster.http.answer import undecided
from pipelines.doctor.cluster.subject import (
    APPLY,
    INSTALL_KFP,
    KFP_NAMESPACE,
    Subject,
    pod_of,
)
from pipelines.doctor.findings import Finding

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
STANDALONE: Final = (
    f"cluster.namespace: {KFP_NAMESPACE} in infra/pools.yaml, as KFP is standalone"
)
# Deployments of KFP, and what the account of each does in the namespace of a run.
STARTERS: Final = (
    ("ml-pipeline", Attributes("create", "workflows", "argoproj.io")),
    ("workflow-controller", Attributes("create", "pods")),
)


def check_namespace(subject: Subject) -> Finding:
    """The namespace of the run is there, and not about to go."""
    name = subject.namespace
    answer = subject.connection.get(f"/api/v1/namespaces/{name}")
    if answer.is_missing:
        return Finding("namespace", "error", f"{name} is missing", APPLY)
    if not answer.is_found:
        return undecided("namespace", name, answer, f"namespace/{name}")
    if answer.body.get("status", {}).get("phase") == "Terminating":
        remedy = f"wait until kubectl get namespace {name} finds none, then apply again"
        return Finding("namespace", "error", f"{name} is being deleted", remedy)
    labels = answer.body.get("metadata", {}).get("labels") or {}
    level = labels.get(ENFORCE, "nothing")
    return Finding("namespace", "ok", f"{name}, enforces {level} on Pods")


def check_account(subject: Subject) -> Finding:
    """The service account of the Pods is there."""
    name = subject.account
    answer = subject.connection.get(subject.path(f"serviceaccounts/{name}"))
    if answer.is_missing:
        observed = f"no service account {name} in {subject.namespace}"
        return Finding("account", "error", observed, APPLY)
    if not answer.is_found:
        may_read = f"serviceaccounts -n {subject.namespace}"
        return undecided("account", f"service account {name}", answer, may_read)
    return Finding("account", "ok", name)


def check_starters(subject: Subject) -> Finding:
    """Kubeflow Pipelines may start Workflows and Pods in this namespace."""
    denied = []
    for name, attributes in STARTERS:
        deployment = subject.deployment(name)
        if deployment.is_missing:
            observed = f"cannot tell from here: KFP's {name} is missing"
            return Finding("kfp access", "unknown", observed, INSTALL_KFP)
        if not deployment.is_found:
            what, may_read = f"KFP's {name}", f"deployments -n {KFP_NAMESPACE}"
            return undecided("kfp access", what, deployment, may_read)
        account = pod_of(deployment).get("serviceAccountName", "default")
        user = f"{ACCOUNT_PREFIX}{KFP_NAMESPACE}:{account}"
        answer = may(subject.connection, user, subject.namespace, attributes)
        if answer.allowed is None:
            return answer.undecided("kfp access", attributes)
        if not answer.allowed:
            denied.append(f"{account} may not {attributes}")
    if denied:
        observed = f"{', '.join(denied)} in {subject.namespace}"
        return Finding("kfp access", "error", observed, _give_access(subject))
    observed = f"KFP may start runs in {subject.namespace}"
    return Finding("kfp access", "ok", observed)


def check_claim(subject: Subject) -> Finding:
    """The volume for checkpoints is there."""
    name = subject.pools.cluster.claim
    if not name:
        return Finding("claim", "ok", "none asked for: a trainer starts anew")
    answer = subject.connection.get(subject.path(f"persistentvolumeclaims/{name}"))
    if answer.is_missing:
        observed = f"no volume claim {name} in {subject.namespace}"
        return Finding("claim", "error", observed, APPLY)
    if not answer.is_found:
        may_read = f"persistentvolumeclaims -n {subject.namespace}"
        return undecided("claim", f"volume claim {name}", answer, may_read)
    phase = str(answer.body.get("status", {}).get("phase", ""))
    if phase == "Bound":
        return Finding("claim", "ok", f"{name}, bound")
    describe = f"kubectl describe pvc {name} -n {subject.namespace}"
    if phase == "Pending":
        # A storage class may wait for the first Pod.
        observed = f"cannot tell from here: {name} has no volume yet"
        return Finding("claim", "unknown", observed, describe)
    return Finding("claim", "error", f"{name} is {phase or 'unknown'}", describe)


def _give_access(subject: Subject) -> str:
    """What opens a namespace to KFP: a standalone one works in its own alone."""
    if subject.namespace == KFP_NAMESPACE:
        return INSTALL_KFP
    if subject.kfp_health.body.get("multi_user"):
        return f"create the namespace {subject.namespace} as a Kubeflow profile"
    return STANDALONE
