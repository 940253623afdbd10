# SPDX-License-Identifier: Apache-2.0
"""Checks of the image: can the nodes get it, with the keys that the account names."""

import base64
import binascii
import json
from collections.abc import ItemsView
from typing import Any

from components.core.shortening import shorten
from pipelines.doctor.cluster.http.answer import Answer, undecided
from pipelines.doctor.cluster.registry import (
    DOCKER_HUB,
    ImageReference,
    find_manifest,
    read_reference,
)
from pipelines.doctor.cluster.subject import APPLY, Subject
from pipelines.doctor.findings import Finding

PULL_FAILURES = ("ImagePullBackOff", "ErrImagePull", "InvalidImageName")


def check_image(subject: Subject) -> Finding:
    """The image can be pulled, as far as nodes, events and registry say."""
    image = read_reference(subject.demand.image)
    if failure := _failure(subject, image):
        return failure
    holders = _holders(subject, image)
    if holders and subject.pools.cluster.image_pull_policy != "Always":
        observed = f"{subject.demand.image} is on {', '.join(holders[:3])}"
        return Finding("image", "ok", observed)
    if not image.has_registry:
        observed = f"{subject.demand.image} names no registry: nodes ask {DOCKER_HUB}"
        return Finding("image", "error", observed, "--image REGISTRY/prodl:TAG")
    return judge_registry(image, find_manifest(image))


def judge_registry(image: ImageReference, answer: Answer) -> Finding:
    """Judge the answer of a registry that was asked without keys."""
    if answer.is_found:
        return Finding("image", "ok", f"{image.registry} has {image.short}")
    if answer.is_missing:
        observed = f"{image.registry} has no {image.short}"
        return Finding("image", "error", observed, f"docker push {image.text}")
    if answer.status in (401, 403):
        said = f"{image.registry} shows {image.short} to nobody without keys"
    else:
        said = f"{image.registry}: {answer.summary}"
    observed = f"cannot tell from here: {said}"
    remedy = f"docker manifest inspect {image.text}, and see that nodes may read it"
    return Finding("image", "unknown", observed, remedy)


def check_pull_keys(subject: Subject) -> Finding:
    """Secrets that the account names for registries are there, for this registry."""
    path = subject.path(f"serviceaccounts/{subject.account}")
    account = subject.connection.get(path)
    if account.is_missing:
        observed = f"cannot tell from here: no service account {subject.account}"
        return Finding("pull keys", "unknown", observed, APPLY)
    if not account.is_found:
        may_read = f"serviceaccounts -n {subject.namespace}"
        return undecided("pull keys", "the service account", account, may_read)
    listed = account.body.get("imagePullSecrets") or []
    names = [str(entry["name"]) for entry in listed if entry.get("name")]
    if not names:
        observed = "the account names none: nodes pull with rights of their own"
        return Finding("pull keys", "ok", observed)
    registry, known = read_reference(subject.demand.image).registry, set()
    for name in names:
        secret = subject.connection.get(subject.path(f"secrets/{name}"))
        if secret.is_missing:
            observed = f"no secret {name}, which {subject.account} names"
            return Finding("pull keys", "error", observed, _create(name, subject))
        if not secret.is_found:
            may_read = f"secret/{name} -n {subject.namespace}"
            return undecided("pull keys", f"secret {name}", secret, may_read)
        known |= _registries(secret)
    if registry not in known:
        listed = ", ".join(sorted(known)) or "no registry"
        observed = f"{', '.join(names)}: keys for {listed}, none for {registry}"
        return Finding("pull keys", "warning", observed, _create(names[0], subject))
    return Finding("pull keys", "ok", f"{', '.join(names)}, for {registry}")


def _failure(subject: Subject, image: ImageReference) -> Finding | None:
    """The finding of a Pod that waits for this image; None if none does."""
    answer = subject.connection.get(subject.path("pods"))
    for pod in answer.items:
        for status in _container_statuses(pod):
            waiting = (status.get("state") or {}).get("waiting") or {}
            named = read_reference(str(status.get("image", "")))
            if waiting.get("reason") in PULL_FAILURES and named == image:
                message = shorten(str(waiting.get("message", "")), 150)
                name = pod["metadata"]["name"]
                observed = f"Pod {name}: {waiting['reason']}, {message}".rstrip(", ")
                remedy = f"kubectl describe pod {name} -n {subject.namespace}"
                return Finding("image", "error", observed, remedy)
    return None


def _container_statuses(pod: dict[str, Any]) -> list[dict[str, Any]]:
    status = pod.get("status", {})
    kinds = ("initContainerStatuses", "containerStatuses")
    return [entry for kind in kinds for entry in status.get(kind) or []]


def _holders(subject: Subject, image: ImageReference) -> list[str]:
    """Names of the nodes that have the image, if all that steps go to have it.

    None where a step has no node yet: the one that is added must get the image.
    """
    nodes = subject.connection.get("/api/v1/nodes").items
    have: dict[str, None] = {}
    for step in subject.demand.steps:
        chosen = [node for node in nodes if step.selector.items() <= _labels(node)]
        if not chosen or any(image not in _images(node) for node in chosen):
            return []
        have |= dict.fromkeys(str(node["metadata"]["name"]) for node in chosen)
    return list(have)


def _labels(node: dict[str, Any]) -> ItemsView[str, str]:
    return (node.get("metadata", {}).get("labels") or {}).items()


def _images(node: dict[str, Any]) -> set[ImageReference]:
    listed = node.get("status", {}).get("images") or []
    names = [str(name) for entry in listed for name in entry.get("names") or []]
    return set(map(read_reference, names))


def _registries(secret: Answer) -> set[str]:
    """The registries that a secret of the kind `dockerconfigjson` has keys for."""
    text = str((secret.body.get("data") or {}).get(".dockerconfigjson", ""))
    try:
        read = json.loads(base64.b64decode(text))
        hosts = [key.rpartition("://")[2].partition("/")[0] for key in read["auths"]]
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return set()
    return {DOCKER_HUB if host == "index.docker.io" else host for host in hosts}


def _create(name: str, subject: Subject) -> str:
    return (
        f"kubectl create secret docker-registry {name} -n {subject.namespace} "
        "--docker-server=REGISTRY --docker-username=USER --docker-password=KEY"
    )
