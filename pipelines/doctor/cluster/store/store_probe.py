# SPDX-License-Identifier: Apache-2.0
"""Ask an object store whether it answers: through the API server, or directly.

A store inside the cluster is asked through the API server's proxy, which changes the
Host header and so breaks signatures: that request has no keys, and a refusal says only
that the store is there. One outside is asked with the keys of the secret, if they can
be read: a HEAD of the bucket, which writes nothing.
"""

from typing import Final, NamedTuple

from pyarrow import fs

from components.core.redaction import without_secrets
from components.core.shortening import shorten
from pipelines.doctor.cluster.http.answer import (
    CONNECT_SECONDS,
    NOT_REACHED,
    READ_SECONDS,
    Answer,
)
from pipelines.doctor.cluster.http.connection import Connection
from pipelines.doctor.cluster.http.web import ask
from pipelines.doctor.cluster.store.launcher import Store
from pipelines.doctor.cluster.subject import INSTALL_KFP, KFP_NAMESPACE
from pipelines.doctor.findings import Finding

CORRECT_ENDPOINT: Final = "correct the endpoint in kfp-launcher (launcher.yaml)"
UNKNOWN: Final = "cannot tell from here"


class Service(NamedTuple):
    """A service inside the cluster."""

    name: str
    namespace: str
    port: str


def service(endpoint: str, namespace: str) -> Service | None:
    """The service that an address means; None for an address outside of the cluster.

    Args:
        endpoint: Host and port.
        namespace: Namespace of the Pods, which a name without a dot belongs to.

    Example:
        >>> service("seaweedfs.kubeflow:9000", "prodl")
        Service(name='seaweedfs', namespace='kubeflow', port='9000')
    """
    host, _, port = endpoint.partition(":")
    parts = host.split(".")
    is_inside = len(parts) <= 2 or parts[2] == "svc"
    if not is_inside or parts[0] == "localhost":
        return None
    return Service(parts[0], parts[1] if len(parts) > 1 else namespace, port or "80")


def ask_through_cluster(
    connection: Connection, store: Store, place: Service
) -> Finding:
    """Ask a store inside the cluster, without keys."""
    scheme = "https:" if store.is_secure else ""
    path = (
        f"/api/v1/namespaces/{place.namespace}/services/"
        f"{scheme}{place.name}:{place.port}/proxy/{store.bucket}"
    )
    answer = connection.get(path)
    where = f"{place.name}.{place.namespace}:{place.port}"
    if not answer.is_of_kubernetes:
        return judge_store(answer, store, where)
    describe = f"kubectl get endpointslices -n {place.namespace}"
    if answer.is_forbidden:
        observed = f"{UNKNOWN}: this user may not ask {where} (403)"
        remedy = (
            "ask for the right that this tests: kubectl auth can-i get "
            f"services --subresource=proxy -n {place.namespace}"
        )
        return Finding("store", "unknown", observed, remedy)
    if answer.is_missing:
        observed = f"no service {place.name} in namespace {place.namespace}"
        remedy = INSTALL_KFP if place.namespace == KFP_NAMESPACE else CORRECT_ENDPOINT
        return Finding("store", "error", observed, remedy)
    return Finding("store", "error", f"{where}: {answer.summary}", describe)


def ask_directly(store: Store, access_key: str, secret_key: str) -> Finding:
    """Ask a store outside of the cluster, with keys if there are some."""
    if not (access_key and secret_key):
        return judge_store(ask(f"{store.url}/{store.bucket}"), store, store.endpoint)
    try:
        found = _signed(store, access_key, secret_key)
    except OSError as error:
        return _failed(store, str(error))
    if not found:
        return _no_bucket(store, store.endpoint)
    observed = f"{store.endpoint} takes the keys, bucket {store.bucket} is there"
    return Finding("store", "ok", f"{observed}; writing was not tried")


def judge_store(answer: Answer, store: Store, where: str) -> Finding:
    """Judge the answer to a request without keys."""
    if answer.status == NOT_REACHED:
        observed = f"{UNKNOWN}: {where} was not reached: {answer.reason}"
        remedy = (
            "see that Pods of the namespace reach it: infra/kubeflow/base/network.yaml"
        )
        return Finding("store", "unknown", observed, remedy)
    if answer.is_found:
        observed = f"{where} answers without keys, bucket {store.bucket} is there"
        return Finding("store", "ok", observed)
    if answer.is_missing:
        return _no_bucket(store, where)
    if answer.status in (401, 403):
        observed = (
            f"{where} answers {answer.status} without keys; {UNKNOWN} whether it takes "
            "those of the run"
        )
        keys = f"the keys of {store.secret}" if store.secret else "the account's rights"
        remedy = f"should the first step end with 403, correct {keys}"
        return Finding("store", "unknown", observed, remedy)
    if 300 <= answer.status < 400:
        observed = (
            f"{where} answers {answer.status} without keys: {UNKNOWN} whether "
            f"{store.bucket} is in another region"
        )
        remedy = "name the bucket's region in kfp-launcher (launcher.yaml)"
        return Finding("store", "unknown", observed, remedy)
    observed = f"{where} answers {answer.summary}"
    return Finding("store", "error", observed, CORRECT_ENDPOINT)


def _signed(store: Store, access_key: str, secret_key: str) -> bool:
    """Whether the bucket is there; the refusal of a store is an OSError."""
    system = fs.S3FileSystem(
        access_key=access_key,
        secret_key=secret_key,
        endpoint_override=store.endpoint,
        scheme="https" if store.is_secure else "http",
        region=store.region or None,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=READ_SECONDS,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=1),
    )
    return bool(system.get_file_info(store.bucket).type != fs.FileType.NotFound)


def _failed(store: Store, message: str) -> Finding:
    """The finding for a signed request that failed."""
    if "ACCESS_DENIED" in message or "HTTP status 403" in message:
        observed = f"{store.endpoint} answers 403 to the keys of {store.secret}"
        remedy = (
            f"keys that may read and write {store.bucket}, in the secret {store.secret}"
        )
        return Finding("store", "error", observed, remedy)
    reason = shorten(without_secrets(" ".join(message.split())), 200)
    return judge_store(Answer(NOT_REACHED, b"", reason), store, store.endpoint)


def _no_bucket(store: Store, where: str) -> Finding:
    observed = f"{where} has no bucket {store.bucket}"
    remedy = f"make the bucket {store.bucket}, or correct defaultPipelineRoot"
    return Finding("store", "error", observed, remedy)
