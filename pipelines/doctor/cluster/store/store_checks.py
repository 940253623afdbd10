# SPDX-License-Identifier: Apache-2.0
"""Checks of the object store: the launcher's settings, the secrets, and its answer."""

import base64
import binascii
from typing import Any, Final

from components.core.errors import UsageError
from components.core.shortening import shorten
from components.model_store.object_store import MINIO_ENDPOINT
from pipelines.doctor.cluster.http.answer import Answer, undecided
from pipelines.doctor.cluster.store.launcher import (
    CONFIG_MAP,
    Store,
    find_store,
    read_settings,
)
from pipelines.doctor.cluster.store.store_probe import (
    Service,
    ask_directly,
    ask_through_cluster,
    service,
)
from pipelines.doctor.cluster.subject import APPLY, INSTALL_KFP, KFP_NAMESPACE, Subject
from pipelines.doctor.cluster.version_checks import kfp_version, read_version
from pipelines.doctor.findings import Finding
from pipelines.kubeflow.kfp_versions import STORES

# Value of the keys in infra/kubeflow/storage.env.example.
EXAMPLE: Final = "replace-me"
ENV_FILE: Final = "infra/kubeflow/overlays/OVERLAY/storage.env"


def check_settings(subject: Subject) -> Finding:
    """The launcher knows where artifacts go, and how it gets there."""
    answer = read_settings(subject)
    if not (answer.is_found or answer.is_missing):
        may_read = f"configmap/{CONFIG_MAP} -n {subject.namespace}"
        return undecided("artifacts", f"config map {CONFIG_MAP}", answer, may_read)
    try:
        store = _store(subject)
    except UsageError as error:
        return Finding("artifacts", "error", shorten(str(error), 300), APPLY)
    source = CONFIG_MAP if answer.is_found else f"no {CONFIG_MAP}: KFP's default"
    keys = f"keys of {store.secret}" if store.secret else "the Pod's identity"
    observed = f"{store.scheme}://{store.bucket} at {store.endpoint}, {keys} ({source})"
    return Finding("artifacts", "ok", observed)


def check_secrets(subject: Subject) -> list[Finding]:
    """The secret of the steps, and that of the launcher, with their keys."""
    cluster = subject.pools.cluster
    wanted: dict[str, tuple[str, ...]] = {}
    if cluster.secret:
        wanted[cluster.secret] = cluster.secret_keys
    store = _known_store(subject)
    if store and store.secret:
        keys = (store.access_key, store.secret_key)
        wanted[store.secret] = tuple(
            dict.fromkeys((*wanted.get(store.secret, ()), *keys))
        )
    return [check_secret(subject, name, keys) for name, keys in wanted.items()]


def check_secret(subject: Subject, name: str, keys: tuple[str, ...]) -> Finding:
    """A secret is there and has its keys; no value is shown."""
    answer = _secret(subject, name)
    if answer.is_missing:
        observed = f"no secret {name} in {subject.namespace}"
        return Finding("secret", "error", observed, _fill(name, subject))
    if not answer.is_found:
        may_read = f"secret/{name} -n {subject.namespace}"
        return undecided("secret", f"secret {name}", answer, may_read)
    values = {key: _decoded(answer, key) for key in keys}
    lacking = [key for key, value in values.items() if not value]
    if lacking:
        observed = f"{name} has no value for {', '.join(lacking)}"
        return Finding("secret", "error", observed, _fill(name, subject))
    if EXAMPLE in values.values():
        observed = f"{name} holds the example's {EXAMPLE!r}"
        return Finding("secret", "error", observed, _fill(name, subject))
    return Finding("secret", "ok", f"{name}, with {', '.join(keys)}")


def check_store(subject: Subject) -> Finding:
    """The store answers, and takes the keys."""
    store = _known_store(subject)
    if store is None:
        observed = "cannot tell from here: its address is not known"
        return Finding("store", "unknown", observed, "see artifacts above")
    place = service(store.endpoint, subject.namespace)
    if place and _is_inside(subject, place):
        return ask_through_cluster(subject.connection, store, place)
    answer = _secret(subject, store.secret) if store.secret else Answer(404, b"")
    keys = _decoded(answer, store.access_key), _decoded(answer, store.secret_key)
    return ask_directly(store, *keys)


def _store(subject: Subject) -> Store:
    settings: dict[str, Any] = read_settings(subject).body.get("data") or {}
    version = ".".join(map(str, read_version(kfp_version(subject))))
    own = STORES.get(version, MINIO_ENDPOINT).rpartition("://")[2]
    return find_store(subject.root, settings, own)


def _known_store(subject: Subject) -> Store | None:
    answer = read_settings(subject)
    try:
        known = answer.is_found or answer.is_missing
        return _store(subject) if known else None
    except UsageError:
        return None


def _secret(subject: Subject, name: str) -> Answer:
    return subject.connection.get(subject.path(f"secrets/{name}"))


def _decoded(answer: Answer, key: str) -> str:
    """Value of a secret's key; empty if it has none."""
    text = str((answer.body.get("data") or {}).get(key) or "")
    try:
        return base64.b64decode(text).decode("latin-1")
    except binascii.Error:
        return ""


def _is_inside(subject: Subject, place: Service) -> bool:
    """Whether it is a service: `example.com` has the form of `service.namespace`."""
    if place.namespace in (KFP_NAMESPACE, subject.namespace):
        return True
    answer = subject.connection.get(f"/api/v1/namespaces/{place.namespace}")
    return not answer.is_missing


def _fill(name: str, subject: Subject) -> str:
    if name == subject.pools.cluster.secret:
        return f"put the keys into {ENV_FILE}, then {APPLY}"
    if subject.namespace == KFP_NAMESPACE:
        return INSTALL_KFP
    return (
        f"kubectl get secret {name} -n {KFP_NAMESPACE} -o yaml | sed "
        f"'s/namespace: .*/namespace: {subject.namespace}/' | kubectl apply -f -"
    )
