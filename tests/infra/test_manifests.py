# SPDX-License-Identifier: Apache-2.0
"""Kustomizations render, fit the schema, and agree with the table of pools."""

import re
from typing import Any

import pytest

from components.core.project import project_root
from infra.checks.manifests import VERSIONS, find_faults
from pipelines.kubeflow.pools import load_pools
from tests.support.manifests import OVERLAYS, Manifests, Rendered, find

CLUSTER = load_pools(project_root()).cluster
for_runs = pytest.mark.parametrize("name", [o for o in OVERLAYS if "overlays" in o])


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_manifest_obeys_the_schema(rendered: Rendered, name: str) -> None:
    assert rendered[name]
    faults = [f for m in rendered[name] for f in find_faults(m, VERSIONS)]
    assert faults == []


def test_misspelt_key_is_found(rendered: Rendered) -> None:
    claim = find(rendered["overlays/gke"], "PersistentVolumeClaim")
    wrong = claim | {"spec": claim["spec"] | {"accesModes": ["ReadWriteOnce"]}}
    assert "accesModes" in find_faults(wrong, VERSIONS)[0]


@for_runs
def test_names_are_those_of_the_table(rendered: Rendered, name: str) -> None:
    manifests = rendered[name]
    find(manifests, "ServiceAccount", CLUSTER.service_account)
    find(manifests, "PersistentVolumeClaim", CLUSTER.claim)
    secret = find(manifests, "Secret", CLUSTER.secret)
    assert set(CLUSTER.secret_keys) == set(secret["data"])


@for_runs
def test_everything_is_in_one_namespace(rendered: Rendered, name: str) -> None:
    expected = "kubeflow" if "standalone" in name else CLUSTER.namespace
    for manifest in rendered[name]:
        if manifest["kind"] == "Namespace":
            assert manifest["metadata"]["name"] == expected
        else:
            assert manifest["metadata"]["namespace"] == expected
    subjects = find(rendered[name], "RoleBinding")["subjects"]
    assert [subject["namespace"] for subject in subjects] == [expected]


@pytest.mark.parametrize("name", ["overlays/gke-standalone", "overlays/s3-standalone"])
def test_standalone_leaves_the_platforms_own_pods_alone(
    rendered: Rendered, name: str
) -> None:
    kinds = {manifest["kind"] for manifest in rendered[name]}
    assert not kinds & {"Namespace", "ResourceQuota", "LimitRange"}
    for manifest in rendered[name]:
        if manifest["kind"] == "NetworkPolicy":
            selector = manifest["spec"]["podSelector"]["matchExpressions"]
            assert selector[0]["key"] == "workflows.argoproj.io/workflow"


def test_runner_reads_named_secrets_only(rendered: Rendered) -> None:
    for rule in find(rendered["overlays/s3"], "Role")["rules"]:
        assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
        if "secrets" in rule["resources"]:
            assert rule["verbs"] == ["get"]
            assert CLUSTER.secret in rule["resourceNames"]


@for_runs
def test_egress_reaches_one_port_of_each_server_of_kfp(
    rendered: Rendered, name: str
) -> None:
    rules = find(rendered[name], "NetworkPolicy", "prodl-runs")["spec"]["egress"]
    reached = {}
    for rule in rules:
        for peer in rule.get("to", []):
            labels = peer["namespaceSelector"]["matchLabels"]
            if "kubeflow" in labels.values():
                ports = [port["port"] for port in rule["ports"]]
                reached[str(peer["podSelector"])] = ports
    # The store's Pods listen where SeaweedFS does, or where MinIO does.
    assert sorted(reached.values()) == [[8080], [8333, 9000], [8887]]


def _mounted(container: dict[str, Any], volume: str) -> set[str]:
    """The paths at which a container has a volume."""
    mounts = container.get("volumeMounts", [])
    return {mount["mountPath"] for mount in mounts if mount["name"] == volume}


def _containers(manifests: Manifests) -> list[dict[str, Any]]:
    templates = (m["spec"].get("template", {}) for m in manifests if "spec" in m)
    pods = (template["spec"] for template in templates if "spec" in template)
    return [container for pod in pods for container in pod["containers"]]


@pytest.mark.parametrize("name", OVERLAYS)
def test_own_containers_cannot_write_into_their_image(
    rendered: Rendered, name: str
) -> None:
    for container in _containers(rendered[name]):
        if container["image"] == "prodl":
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            # `test -w` alone makes no temporary files.
            if container["args"][0] != "test":
                assert _mounted(container, "scratch") == {"/tmp", "/home/prodl"}


def test_run_in_a_cluster_can_write_its_results(rendered: Rendered) -> None:
    (run,) = _containers([find(rendered["beam/flink"], "Job", "prodl-run")])
    results = {"/opt/prodl/reports", "/opt/prodl/metrics"}
    assert results <= _mounted(run, "shared")


@pytest.mark.parametrize("name", OVERLAYS)
def test_images_of_others_have_a_version(rendered: Rendered, name: str) -> None:
    """Which of them has no digest, and why, stands in the kustomization."""
    images = {container["image"] for container in _containers(rendered[name])}
    version = re.compile(r"[\w./-]+(:v?\d[\w.-]*|@sha256:[0-9a-f]{64})")
    assert "prodl" in images
    assert [i for i in images - {"prodl"} if not version.fullmatch(i)] == []


@pytest.mark.parametrize("name", ["beam/flink", "beam/spark"])
def test_worker_pool_stands_beside_every_worker(rendered: Rendered, name: str) -> None:
    pods = [
        manifest["spec"]["template"]["spec"]
        for manifest in rendered[name]
        if manifest["kind"] == "Deployment" and "worker" in manifest["metadata"]["name"]
    ]
    (pod,) = pods
    (pool,) = (c for c in pod["containers"] if c["name"] == "worker-pool")
    (run,) = find(rendered[name], "Job")["spec"]["template"]["spec"]["containers"]
    assert "apache_beam.runners.worker.worker_pool_main" in pool["args"]
    assert pool["image"] == run["image"]
    # Both see artifacts and raw files under the same paths, as the same user.
    paths = _mounted(pool, "shared")
    assert paths == {"/shared", "/opt/prodl/data/raw"}
    assert paths <= _mounted(run, "shared")
    assert pool["securityContext"]["runAsUser"] == 10001


@pytest.mark.parametrize("name", ["beam/flink", "beam/spark"])
def test_job_server_is_of_the_locked_beam(rendered: Rendered, name: str) -> None:
    lock = (project_root() / "requirements.lock").read_text()
    (version,) = re.findall(r"^apache-beam==(\S+)", lock, re.MULTILINE)
    server = find(rendered[name], "Deployment", "prodl-beam-jobs")
    (container,) = server["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f":{version}")


@pytest.mark.parametrize("name", ["beam/flink", "beam/spark"])
def test_documented_options_lead_to_what_listens(rendered: Rendered, name: str) -> None:
    text = (project_root() / "docs" / "beam.md").read_text()
    options = dict(re.findall(r"- --(\w+_endpoint|environment_config)=(\S+)", text))
    service = find(rendered[name], "Service", "prodl-beam-jobs")
    ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
    assert options["job_endpoint"] == f"prodl-beam-jobs:{ports['job']}"
    assert options["artifact_endpoint"] == f"prodl-beam-jobs:{ports['artifact']}"
    pools = [
        port["containerPort"]
        for manifest in rendered[name]
        if manifest["kind"] == "Deployment"
        for container in manifest["spec"]["template"]["spec"]["containers"]
        if container["name"] == "worker-pool"
        for port in container["ports"]
    ]
    assert options["environment_config"] == f"localhost:{pools[0]}"
