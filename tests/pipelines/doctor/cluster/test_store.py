# SPDX-License-Identifier: Apache-2.0
"""The object store: found as the launcher finds it, and asked whether it answers."""

import json
from collections.abc import Callable

import pytest

from components.core.errors import UsageError
from pipelines.doctor.cluster.store.launcher import find_store
from pipelines.doctor.cluster.store.store_probe import service
from pipelines.doctor.cluster.subject import APPLY
from pipelines.doctor.findings import Finding
from tests.support.file_server import closed_port
from tests.support.kubernetes_server import HEALTH, NAMESPACE, STORE, Cluster

Examine = Callable[..., dict[str, list[Finding]]]
CONFIG_MAP = f"{NAMESPACE}/configmaps/kfp-launcher"
PROVIDERS = """\
s3:
  default:
    endpoint: {endpoint}
    disableSSL: true
    region: us-east-1
    credentials:
      fromEnv: false
      secretRef:
        secretName: prodl-storage
        accessKeyKey: AWS_ACCESS_KEY_ID
        secretKeyKey: AWS_SECRET_ACCESS_KEY
"""
CORRECT = "correct the endpoint in kfp-launcher (launcher.yaml)"


def _use_s3(cluster: Cluster, endpoint: str) -> None:
    """Let the launcher use a store of this address."""
    providers = PROVIDERS.format(endpoint=endpoint)
    root = "s3://prodl/artifacts"
    cluster.objects[CONFIG_MAP] = {
        "data": {"defaultPipelineRoot": root, "providers": providers}
    }


def test_the_store_of_the_settings_is_shown(
    cluster: Cluster, examined: Examine
) -> None:
    store = f"127.0.0.1:{closed_port()}"
    _use_s3(cluster, store)
    observed = f"s3://prodl at {store}, keys of prodl-storage (kfp-launcher)"
    assert examined()["artifacts"] == [Finding("artifacts", "ok", observed)]


def test_a_bucket_of_google_is_reached_with_the_identity_of_the_pod() -> None:
    store = find_store("", {"defaultPipelineRoot": "gs://b/x"}, "")
    assert (store.bucket, store.secret) == ("b", "")
    assert store.url == "https://storage.googleapis.com"


def test_the_store_of_an_older_kfp_has_another_name(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.raw[HEALTH] = (200, b'{"tag_name": "2.14.3"}')
    (finding,) = examined()["artifacts"]
    assert "minio://mlpipeline at minio-service.kubeflow:9000" in finding.observed


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"defaultPipelineRoot": "/tmp/x"}, "/tmp/x is no address of a store"),
        ({"defaultPipelineRoot": "s3://[x/"}, "s3://[x/ is no address of a store"),
        ({"defaultPipelineRoot": "gs:///x"}, "gs:///x is no address of a store"),
        ({"providers": "minio: {default: {endpoint: x}}"}, "has no credentials"),
        ({"providers": "a: ["}, "providers of kfp-launcher is not valid YAML"),
    ],
)
def test_settings_that_the_launcher_refuses_are_an_error(
    cluster: Cluster, examined: Examine, settings: dict[str, str], reason: str
) -> None:
    cluster.objects[CONFIG_MAP] = {"data": settings}
    found = examined()
    assert found["artifacts"][0].status == "error"
    assert reason in found["artifacts"][0].observed
    assert found["artifacts"][0].remedy == APPLY
    assert found["store"] == [
        Finding(
            "store",
            "unknown",
            "cannot tell from here: its address is not known",
            "see artifacts above",
        )
    ]


def test_an_address_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(UsageError, match="is no address"):
        find_store("ftp://x/y", {}, "")


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("seaweedfs.kubeflow:9000", ("seaweedfs", "kubeflow", "9000")),
        (
            "seaweedfs.kubeflow.svc.cluster.local:8333",
            ("seaweedfs", "kubeflow", "8333"),
        ),
        ("minio", ("minio", "prodl", "80")),
        ("s3.eu-west-1.amazonaws.com", None),
        ("127.0.0.1:9000", None),
        ("localhost:9000", None),
    ],
)
def test_services_are_told_from_other_addresses(
    endpoint: str, expected: tuple[str, str, str] | None
) -> None:
    assert service(endpoint, "prodl") == expected


def _status(code: int, message: str) -> tuple[int, bytes]:
    return code, json.dumps({"kind": "Status", "message": message}).encode()


# What comes back through the API server -> status, what is observed, remedy.
THROUGH_CLUSTER = {
    (200, b"<ListBucketResult/>"): (
        "ok",
        "seaweedfs.kubeflow:9000 answers without keys, bucket mlpipeline is there",
        "",
    ),
    (403, b"<Error><Code>AccessDenied</Code></Error>"): (
        "unknown",
        "seaweedfs.kubeflow:9000 answers 403 without keys; cannot tell from here "
        "whether it takes those of the run",
        "should the first step end with 403, correct the keys of "
        "mlpipeline-minio-artifact",
    ),
    (404, b"<Error><Code>NoSuchBucket</Code></Error>"): (
        "error",
        "seaweedfs.kubeflow:9000 has no bucket mlpipeline",
        "make the bucket mlpipeline, or correct defaultPipelineRoot",
    ),
    (301, b"<Error><Code>PermanentRedirect</Code></Error>"): (
        "unknown",
        "seaweedfs.kubeflow:9000 answers 301 without keys: cannot tell from here "
        "whether mlpipeline is in another region",
        "name the bucket's region in kfp-launcher (launcher.yaml)",
    ),
    (500, b"oops"): ("error", "seaweedfs.kubeflow:9000 answers 500, oops", CORRECT),
    _status(403, "forbidden"): (
        "unknown",
        "cannot tell from here: this user may not ask seaweedfs.kubeflow:9000 (403)",
        "ask for the right that this tests: kubectl auth can-i get services "
        "--subresource=proxy -n kubeflow",
    ),
    _status(503, "no endpoints available"): (
        "error",
        "seaweedfs.kubeflow:9000: 503, no endpoints available",
        "kubectl get endpointslices -n kubeflow",
    ),
}


@pytest.mark.parametrize("answer", THROUGH_CLUSTER, ids=lambda a: str(a[0]))
def test_a_store_inside_is_asked_through_the_api_server(
    cluster: Cluster, examined: Examine, answer: tuple[int, bytes]
) -> None:
    cluster.raw[STORE] = answer
    assert examined()["store"] == [Finding("store", *THROUGH_CLUSTER[answer])]


@pytest.mark.parametrize(
    ("status", "result", "observed", "remedy"),
    [
        (
            200,
            "ok",
            "{store} takes the keys, bucket prodl is there; writing was not tried",
            "",
        ),
        (
            403,
            "error",
            "{store} answers 403 to the keys of prodl-storage",
            "keys that may read and write prodl, in the secret prodl-storage",
        ),
        (
            404,
            "error",
            "{store} has no bucket prodl",
            "make the bucket prodl, or correct defaultPipelineRoot",
        ),
    ],
)
def test_a_store_outside_is_asked_with_the_keys(
    cluster: Cluster,
    examined: Examine,
    status: int,
    result: str,
    observed: str,
    remedy: str,
) -> None:
    store = cluster.url.removeprefix("http://")
    _use_s3(cluster, store)
    cluster.raw["/prodl"] = (status, b"")
    expected = Finding("store", result, observed.format(store=store), remedy)
    assert examined()["store"] == [expected]
    assert {method for method, path in cluster.requests if path == "/prodl"} == {"HEAD"}


def test_a_store_whose_keys_may_not_be_read_is_asked_without(
    cluster: Cluster, examined: Examine
) -> None:
    store = cluster.url.removeprefix("http://")
    _use_s3(cluster, store)
    cluster.forbidden = {f"{NAMESPACE}/secrets/prodl-storage"}
    cluster.raw["/prodl"] = (403, b"<Error/>")
    (finding,) = examined()["store"]
    assert finding.status == "unknown"
    assert finding.observed.startswith(f"{store} answers 403 without keys")


def test_a_store_that_is_not_reached_decides_nothing(
    cluster: Cluster, examined: Examine
) -> None:
    store = f"127.0.0.1:{closed_port()}"
    _use_s3(cluster, store)
    (finding,) = examined()["store"]
    assert finding.status == "unknown"
    assert finding.observed.startswith(
        f"cannot tell from here: {store} was not reached: "
    )
    assert finding.remedy == (
        "see that Pods of the namespace reach it: infra/kubeflow/base/network.yaml"
    )
