# SPDX-License-Identifier: Apache-2.0
"""Checks of the versions: Kubernetes, Kubeflow Pipelines, Argo, and their resources."""

import re
from typing import Final

from pipelines.doctor.cluster.http.answer import Answer, undecided
from pipelines.doctor.cluster.subject import (
    INSTALL_KFP,
    KFP_NAMESPACE,
    Subject,
    pod_of,
)
from pipelines.doctor.findings import Finding

Version = tuple[int, ...]
# Manifests and Pods are checked against the schemas of these.
OLDEST_KUBERNETES: Final = (1, 32)
NEWEST_KUBERNETES: Final = (1, 36)
# The oldest whose driver reads the platform document, and those that were run.
OLDEST_KFP: Final = (2, 4)
KFP_RUN: Final = ((2, 16), (2, 17))
FORWARD: Final = (
    f"kubectl port-forward -n {KFP_NAMESPACE} svc/ml-pipeline-ui 8080:80, then "
    "--host http://localhost:8080"
)
# Group and version -> resources that a run, or KFP's own programs, need.
KINDS: Final = {
    "argoproj.io/v1alpha1": ("workflows", "workflowtaskresults", "workflowtasksets"),
    "kubeflow.org/v1beta1": ("scheduledworkflows",),
}


def check_server(subject: Subject) -> Finding:
    """The API server, and who it takes this user for."""
    connection = subject.connection
    user = f", as {connection.user}" if connection.user else ""
    observed = f"{connection.host} (context {connection.context}){user}"
    return Finding("cluster", "ok", observed)


def check_kubernetes(subject: Subject) -> Finding:
    """Kubernetes is of a version that the manifests were checked for."""
    answer = subject.connection.get("/version")
    text = str(answer.body.get("gitVersion", ""))
    version = read_version(text)
    if not version:
        return undecided("kubernetes", "its version", answer, "/version")
    tested = f"{_dotted(OLDEST_KUBERNETES)} to {_dotted(NEWEST_KUBERNETES)}"
    if version[:2] < OLDEST_KUBERNETES:
        observed = f"{text}, expected {tested}"
        remedy = f"upgrade the cluster to {_dotted(OLDEST_KUBERNETES)} or newer"
        return Finding("kubernetes", "warning", observed, remedy)
    newer = version[:2] > NEWEST_KUBERNETES
    remark = f", newer than the checked {tested}" if newer else ""
    return Finding("kubernetes", "ok", f"{text}{remark}")


def kfp_version(subject: Subject) -> str:
    """The version of Kubeflow Pipelines, as it says; empty if it cannot be told."""
    health = subject.kfp_health
    tag = str(health.body.get("tag_name", "")) if health.is_found else ""
    image = _image_tag(subject, "ml-pipeline")
    return next((text for text in (tag, image) if read_version(text)), "")


def check_kfp(subject: Subject) -> Finding:
    """Kubeflow Pipelines answers, in a version that ran this project."""
    health = subject.kfp_health
    if "tag_name" not in health.body or not health.is_found:
        return _no_kfp(subject, health, _image_tag(subject, "ml-pipeline"))
    text = kfp_version(subject)
    if not text:
        observed = f"answers, but names its version {health.body['tag_name']!r}"
        remedy = f"kubectl get deployments -n {KFP_NAMESPACE} -o wide"
        return Finding("kfp", "unknown", observed, remedy)
    return judge_kfp(read_version(text), text)


def judge_kfp(version: Version, text: str) -> Finding:
    """Compare a version of Kubeflow Pipelines with those that were run."""
    run = " and ".join(_dotted(known) for known in KFP_RUN)
    if version[:2] < OLDEST_KFP:
        observed = f"{text}, whose driver cannot read the specification"
        return Finding("kfp", "error", observed, INSTALL_KFP)
    if version[:2] not in KFP_RUN:
        observed = f"{text}; the versions that were run are {run}"
        return Finding("kfp", "warning", observed, INSTALL_KFP)
    return Finding("kfp", "ok", text)


def check_argo(subject: Subject) -> Finding:
    """Argo's controller, which starts the Pods, is there."""
    answer = subject.deployment("workflow-controller")
    if answer.is_missing:
        observed = f"no workflow-controller in namespace {KFP_NAMESPACE}"
        return Finding("argo", "error", observed, INSTALL_KFP)
    if not answer.is_found:
        what = f"deployments of {KFP_NAMESPACE}"
        return undecided("argo", what, answer, f"deployments -n {KFP_NAMESPACE}")
    if not answer.body.get("status", {}).get("readyReplicas"):
        remedy = f"kubectl describe pods -n {KFP_NAMESPACE} -l app=workflow-controller"
        return Finding("argo", "error", "workflow-controller has no ready Pod", remedy)
    return Finding("argo", "ok", _image_tag(subject, "workflow-controller"))


def check_kinds(subject: Subject) -> Finding:
    """The custom resources of Argo and Kubeflow Pipelines are served."""
    missing = []
    for group, wanted in KINDS.items():
        answer = subject.connection.get(f"/apis/{group}")
        if not (answer.is_found or answer.is_missing):
            return undecided("crds", f"resources of {group}", answer, "/apis")
        served = {
            str(entry.get("name")) for entry in answer.body.get("resources") or []
        }
        domain = group.partition("/")[0]
        missing += [f"{name}.{domain}" for name in wanted if name not in served]
    if missing:
        observed = f"not served: {', '.join(missing)}"
        return Finding("crds", "error", observed, INSTALL_KFP)
    listed = [f"{name}.{g.partition('/')[0]}" for g, ns in KINDS.items() for name in ns]
    return Finding("crds", "ok", ", ".join(listed))


def read_version(text: str) -> Version:
    """The numbers of a version such as v1.36.3; empty if it is none."""
    found = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else ()


def _no_kfp(subject: Subject, health: Answer, image: str) -> Finding:
    """The finding where its API server gave no answer of its own."""
    if subject.host:
        if 300 <= health.status < 404:
            observed = f"cannot tell from here: {subject.host} asks for a login"
            return Finding("kfp", "unknown", observed, FORWARD)
        observed = f"{subject.host}: {health.summary}"
        return Finding("kfp", "error", observed, FORWARD)
    if health.is_forbidden and health.is_of_kubernetes:
        known = f"image {image}, but " if image else ""
        observed = f"{known}cannot tell from here: this user may not ask it (403)"
        return Finding("kfp", "unknown", observed, "give its address: --host URL")
    if health.is_missing and health.is_of_kubernetes:
        observed = f"no service ml-pipeline in namespace {KFP_NAMESPACE}"
        return Finding("kfp", "error", observed, INSTALL_KFP)
    observed = f"ml-pipeline does not answer: {health.summary}"
    remedy = f"kubectl describe pods -n {KFP_NAMESPACE} -l app=ml-pipeline"
    return Finding("kfp", "error", observed, remedy)


def _image_tag(subject: Subject, deployment: str) -> str:
    """Tag of a deployment's first image; empty if it cannot be read."""
    containers = pod_of(subject.deployment(deployment)).get("containers", [])
    image = str(containers[0].get("image", "")) if containers else ""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))
