# SPDX-License-Identifier: Apache-2.0
"""What is missing, forbidden or too small in a cluster is named, with one remedy."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.core.project import project_root
from pipelines.doctor.cluster import rights
from pipelines.doctor.cluster.capacity.pool_checks import check_pools
from pipelines.doctor.cluster.http import connection
from pipelines.doctor.cluster.options import ClusterOptions, prepare
from pipelines.doctor.cluster.subject import APPLY, INSTALL_KFP
from pipelines.doctor.findings import Finding
from tests.support.file_server import closed_port
from tests.support.kubernetes_server import (
    HEALTH,
    KUBEFLOW,
    LOCAL_REVIEWS,
    NAMESPACE,
    SELF_REVIEWS,
    STORE,
    Cluster,
    limit_range,
    node,
    quota,
    secret,
)

Examine = Callable[..., dict[str, list[Finding]]]
QUOTA_REMEDY = (
    "raise it in infra/kubeflow/base/quota.yaml, then kubectl apply -n prodl "
    "-f infra/kubeflow/base/quota.yaml"
)
CPU = {"prodl.dev/pool": "cpu"}
GPU = {"prodl.dev/pool": "gpu", "cloud.google.com/gke-accelerator": "nvidia-l4"}
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def test_a_healthy_cluster_has_no_finding(cluster: Cluster, examined: Examine) -> None:
    findings = [f for found in examined().values() for f in found]
    assert {f.status for f in findings} == {"ok"}, findings
    assert not any(f.remedy for f in findings)


def test_nothing_is_sent_that_changes_a_cluster(
    cluster: Cluster, examined: Examine
) -> None:
    examined()
    reviews = {path for method, path in cluster.requests if method == "POST"}
    assert {method for method, _ in cluster.requests} == {"GET", "POST"}
    assert all(path.rpartition("/")[2].endswith("reviews") for path in reviews)


# Path that is missing -> name, what is observed, remedy.
MISSING = {
    "/apis/argoproj.io/v1alpha1": (
        "crds",
        "not served: workflows.argoproj.io, workflowtaskresults.argoproj.io, "
        "workflowtasksets.argoproj.io",
        INSTALL_KFP,
    ),
    HEALTH: ("kfp", "no service ml-pipeline in namespace kubeflow", INSTALL_KFP),
    f"{KUBEFLOW}/workflow-controller": (
        "argo",
        "no workflow-controller in namespace kubeflow",
        INSTALL_KFP,
    ),
    NAMESPACE: ("namespace", "prodl is missing", APPLY),
    f"{NAMESPACE}/serviceaccounts/prodl-runner": (
        "account",
        "no service account prodl-runner in prodl",
        APPLY,
    ),
    f"{NAMESPACE}/persistentvolumeclaims/prodl-state": (
        "claim",
        "no volume claim prodl-state in prodl",
        APPLY,
    ),
    f"{NAMESPACE}/secrets/prodl-storage": (
        "secret",
        "no secret prodl-storage in prodl",
        f"put the keys into infra/kubeflow/overlays/OVERLAY/storage.env, then {APPLY}",
    ),
    f"{NAMESPACE}/secrets/mlpipeline-minio-artifact": (
        "secret",
        "no secret mlpipeline-minio-artifact in prodl",
        "kubectl get secret mlpipeline-minio-artifact -n kubeflow -o yaml | "
        "sed 's/namespace: .*/namespace: prodl/' | kubectl apply -f -",
    ),
    STORE: ("store", "no service seaweedfs in namespace kubeflow", INSTALL_KFP),
}


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_is_an_error(
    cluster: Cluster, examined: Examine, path: str
) -> None:
    cluster.objects.pop(path, None)
    cluster.raw.pop(path, None)
    name, observed, remedy = MISSING[path]
    assert Finding(name, "error", observed, remedy) in examined()[name]


# Path that may not be asked -> names of findings, what the user lacks, and the test.
FORBIDDEN = {
    f"{KUBEFLOW}/workflow-controller": (
        "argo",
        "this user may not read deployments of kubeflow (403)",
        "deployments -n kubeflow",
    ),
    f"{KUBEFLOW}/ml-pipeline": (
        "kfp access",
        "this user may not read KFP's ml-pipeline (403)",
        "deployments -n kubeflow",
    ),
    "/apis/kubeflow.org/v1beta1": (
        "crds",
        "this user may not read resources of kubeflow.org/v1beta1 (403)",
        "/apis",
    ),
    NAMESPACE: ("namespace", "this user may not read prodl (403)", "namespace/prodl"),
    f"{NAMESPACE}/serviceaccounts/prodl-runner": (
        "account",
        "this user may not read service account prodl-runner (403)",
        "serviceaccounts -n prodl",
    ),
    f"{NAMESPACE}/persistentvolumeclaims/prodl-state": (
        "claim",
        "this user may not read volume claim prodl-state (403)",
        "persistentvolumeclaims -n prodl",
    ),
    f"{NAMESPACE}/resourcequotas": (
        "quota",
        "this user may not read resourcequotas (403)",
        "resourcequotas -n prodl",
    ),
    f"{NAMESPACE}/limitranges": (
        "limits",
        "this user may not read limitranges (403)",
        "limitranges -n prodl",
    ),
    "/api/v1/nodes": ("pool cpu", "this user may not read nodes (403)", "nodes"),
    f"{NAMESPACE}/configmaps/kfp-launcher": (
        "artifacts",
        "this user may not read config map kfp-launcher (403)",
        "configmap/kfp-launcher -n prodl",
    ),
    f"{NAMESPACE}/secrets/prodl-storage": (
        "secret",
        "this user may not read secret prodl-storage (403)",
        "secret/prodl-storage -n prodl",
    ),
}


@pytest.mark.parametrize("path", FORBIDDEN)
def test_what_may_not_be_asked_is_said_to_be_unknown(
    cluster: Cluster, examined: Examine, path: str
) -> None:
    cluster.forbidden = {path}
    name, observed, tested = FORBIDDEN[path]
    remedy = f"ask for the right that this tests: kubectl auth can-i get {tested}"
    expected = Finding(name, "unknown", f"cannot tell from here: {observed}", remedy)
    assert expected in examined()[name]


def test_a_user_without_any_right_gets_no_traceback(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.forbidden = {*cluster.objects, *cluster.raw, LOCAL_REVIEWS, SELF_REVIEWS}
    cluster.forbidden |= {f"{NAMESPACE}/configmaps/kfp-launcher"}
    image = f"127.0.0.1:{closed_port()}/prodl:1"
    findings = [f for found in examined(image=image).values() for f in found]
    # That the image's registry is not reached, and who asks, need no right.
    assert {f.name for f in findings if f.status == "ok"} == {"cluster"}
    assert all("cannot tell from here" in f.observed for f in findings[1:])


@pytest.mark.parametrize(
    ("version", "status", "observed"),
    [
        ("v1.31.9", "warning", "v1.31.9, expected 1.32 to 1.36"),
        ("v1.32.0-gke.100", "ok", "v1.32.0-gke.100"),
        ("v1.37.2", "ok", "v1.37.2, newer than the checked 1.32 to 1.36"),
    ],
)
def test_kubernetes_is_compared_with_what_was_checked(
    cluster: Cluster, examined: Examine, version: str, status: str, observed: str
) -> None:
    cluster.objects["/version"] = {"gitVersion": version}
    (finding,) = examined()["kubernetes"]
    assert (finding.status, finding.observed) == (status, observed)


@pytest.mark.parametrize(
    ("tag", "status", "observed"),
    [
        ("2.3.0", "error", "2.3.0, whose driver cannot read the specification"),
        ("2.5.0", "warning", "2.5.0; the versions that were run are 2.16 and 2.17"),
        ("2.16.1", "ok", "2.16.1"),
        ("3.0.0", "warning", "3.0.0; the versions that were run are 2.16 and 2.17"),
        # The tag of the image says it where the program does not know it.
        ("dummy", "ok", "2.17.0"),
    ],
)
def test_kfp_is_compared_with_what_was_run(
    cluster: Cluster, examined: Examine, tag: str, status: str, observed: str
) -> None:
    cluster.raw[HEALTH] = (200, json.dumps({"tag_name": tag}).encode())
    (finding,) = examined()["kfp"]
    assert (finding.status, finding.observed) == (status, observed)
    assert finding.remedy == ("" if status == "ok" else INSTALL_KFP)


def test_kfp_that_does_not_know_its_version_is_unknown(
    cluster: Cluster, examined: Examine
) -> None:
    # What it says of itself when it was built without one.
    health = {"commit_sha": "unknown", "tag_name": "unknown", "multi_user": False}
    cluster.raw[HEALTH] = (200, json.dumps(health).encode())
    del cluster.objects[f"{KUBEFLOW}/ml-pipeline"]
    observed = "answers, but names its version 'unknown'"
    remedy = "kubectl get deployments -n kubeflow -o wide"
    assert examined()["kfp"] == [Finding("kfp", "unknown", observed, remedy)]


def test_kfp_without_a_pod_is_an_error(cluster: Cluster, examined: Examine) -> None:
    body = {"kind": "Status", "message": "no endpoints available for service"}
    cluster.raw[HEALTH] = (503, json.dumps(body).encode())
    remedy = "kubectl describe pods -n kubeflow -l app=ml-pipeline"
    observed = "ml-pipeline does not answer: 503, no endpoints available for service"
    assert examined()["kfp"] == [Finding("kfp", "error", observed, remedy)]


def test_kfp_that_may_not_be_asked_is_asked_at_its_address(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.forbidden = {HEALTH}
    observed = "image 2.17.0, but cannot tell from here: this user may not ask it (403)"
    remedy = "give its address: --host URL"
    assert examined()["kfp"] == [Finding("kfp", "unknown", observed, remedy)]
    cluster.raw["/apis/v2beta1/healthz"] = (200, b'{"tag_name": "2.16.0"}')
    assert examined(host=cluster.url)["kfp"] == [Finding("kfp", "ok", "2.16.0")]


def test_an_address_that_asks_for_a_login_decides_nothing(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.raw["/apis/v2beta1/healthz"] = (302, b"")
    (finding,) = examined(host=cluster.url)["kfp"]
    assert finding.status == "unknown"
    assert finding.observed.endswith("asks for a login")


def test_an_address_where_no_kfp_answers_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    remedy = (
        "kubectl port-forward -n kubeflow svc/ml-pipeline-ui 8080:80, then "
        "--host http://localhost:8080"
    )
    closed = f"http://127.0.0.1:{closed_port()}"
    observed = f"{closed}: [Errno 111] Connection refused"
    assert examined(host=closed)["kfp"] == [Finding("kfp", "error", observed, remedy)]
    cluster.raw["/apis/v2beta1/healthz"] = (200, b"<html>Welcome</html>")
    observed = f"{cluster.url}: 200, <html>Welcome</html>"
    assert examined(host=cluster.url)["kfp"] == [
        Finding("kfp", "error", observed, remedy)
    ]


def test_kfp_without_access_to_the_namespace_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.denied = {"create pods"}
    observed = "workflow-controller may not create pods in prodl"
    remedy = "cluster.namespace: kubeflow in infra/pools.yaml, as KFP is standalone"
    assert examined()["kfp access"] == [
        Finding("kfp access", "error", observed, remedy)
    ]
    cluster.raw[HEALTH] = (200, b'{"tag_name": "2.17.0", "multi_user": true}')
    remedy = "create the namespace prodl as a Kubeflow profile"
    assert examined()["kfp access"] == [
        Finding("kfp access", "error", observed, remedy)
    ]


def test_a_role_that_lacks_something_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.denied = {"create workflowtaskresults", "get secrets"}
    (finding,) = examined()["rights"]
    assert finding.status == "error"
    assert finding.remedy == APPLY
    assert finding.observed == (
        "prodl-runner may not create workflowtaskresults.argoproj.io, "
        "get secrets/prodl-storage, get secrets/mlpipeline-minio-artifact"
    )


def test_a_project_without_manifests_has_no_role_to_compare(
    examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "ROLE_FILE", "infra/absent.yaml")
    (finding,) = examined()["rights"]
    assert finding.status == "unknown"
    assert finding.remedy == "git checkout infra/absent.yaml"


def test_who_may_not_review_asks_in_the_place_of_the_account(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.forbidden = {LOCAL_REVIEWS}
    assert examined()["rights"][0].status == "ok"
    assert "system:serviceaccount:prodl:prodl-runner" in cluster.impersonated
    cluster.forbidden = {LOCAL_REVIEWS, SELF_REVIEWS}
    (finding,) = examined()["rights"]
    assert finding.status == "unknown"
    assert finding.observed == (
        "cannot tell from here: this user may not ask what prodl-runner may do (403)"
    )
    assert finding.remedy == (
        "let an administrator ask: kubectl auth can-i create "
        "workflowtaskresults.argoproj.io -n prodl "
        "--as=system:serviceaccount:prodl:prodl-runner"
    )


@pytest.mark.parametrize(
    ("phase", "status"), [("Bound", "ok"), ("Pending", "unknown"), ("Lost", "error")]
)
def test_a_claim_needs_a_volume(
    cluster: Cluster, examined: Examine, phase: str, status: str
) -> None:
    path = f"{NAMESPACE}/persistentvolumeclaims/prodl-state"
    cluster.objects[path] = {"status": {"phase": phase}}
    (finding,) = examined()["claim"]
    assert finding.status == status
    command = "kubectl describe pvc prodl-state -n prodl"
    assert finding.remedy == ("" if status == "ok" else command)


def test_a_quota_below_the_largest_step_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    small = quota(**{"requests.cpu": "2500m"})
    cluster.objects[f"{NAMESPACE}/resourcequotas"] = {"items": [small]}
    observed = "prodl admits requests.cpu 2.5, Trainer asks 3.05"
    assert examined()["quota"] == [Finding("quota", "error", observed, QUOTA_REMEDY)]


def test_a_quota_without_devices_is_an_error_only_where_they_are_asked(
    cluster: Cluster, examined: Examine
) -> None:
    none = quota(**{"requests.nvidia.com/gpu": "0"})
    cluster.objects[f"{NAMESPACE}/resourcequotas"] = {"items": [none]}
    assert examined()["quota"][0].status == "error"
    assert examined(pool="cpu")["quota"][0].status == "ok"


def test_a_full_quota_is_a_warning(cluster: Cluster, examined: Examine) -> None:
    full = quota(used={"requests.cpu": "14"})
    cluster.objects[f"{NAMESPACE}/resourcequotas"] = {"items": [full]}
    observed = "no room for Trainer now: requests.cpu 3.05 of 16, 14 used"
    remedy = "wait for other runs: kubectl get workflows -n prodl"
    assert examined()["quota"] == [Finding("quota", "warning", observed, remedy)]


def test_a_quota_for_other_pods_does_not_count(
    cluster: Cluster, examined: Examine
) -> None:
    other = quota(pods="0")
    other["spec"]["scopes"] = ["BestEffort"]
    cluster.objects[f"{NAMESPACE}/resourcequotas"] = {"items": [other]}
    assert examined()["quota"] == [Finding("quota", "ok", "none")]


def test_a_quota_without_defaults_refuses_the_containers_of_argo(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.objects[f"{NAMESPACE}/limitranges"] = {"items": []}
    observed = (
        "no default for requests.cpu, requests.memory: Argo's containers are refused"
    )
    assert examined()["quota"] == [Finding("quota", "error", observed, QUOTA_REMEDY)]


def test_a_step_above_the_limit_of_containers_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    small = limit_range(memory="8Gi")
    cluster.objects[f"{NAMESPACE}/limitranges"] = {"items": [small]}
    observed = "Acquire may use memory 12 GB, at most 8.59 GB"
    assert examined()["limits"] == [Finding("limits", "error", observed, QUOTA_REMEDY)]


def _pools(cluster: Cluster, examined: Examine, *nodes: Any) -> dict[str, Finding]:
    cluster.objects["/api/v1/nodes"] = {"items": list(nodes)}
    found = examined()
    return {name: found[f"pool {name}"][0] for name in ("cpu", "gpu", "tpu")}


def test_a_pool_without_node_and_autoscaler_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    pools = _pools(cluster, examined, node("cpu-1", CPU))
    assert pools["gpu"] == Finding(
        "pool gpu",
        "error",
        "no node has prodl.dev/pool=gpu, cloud.google.com/gke-accelerator=nvidia-l4, "
        "and no autoscaler reports here",
        "kubectl label nodes NODE prodl.dev/pool=gpu "
        "cloud.google.com/gke-accelerator=nvidia-l4",
    )
    assert pools["tpu"].observed == "no node; no step of this run goes there"


def test_a_node_without_the_label_of_the_cloud_is_named(
    cluster: Cluster, examined: Examine
) -> None:
    pools = _pools(cluster, examined, node("g", {"prodl.dev/pool": "gpu"}))
    assert pools["gpu"] == Finding(
        "pool gpu",
        "error",
        "node g lacks the label cloud.google.com/gke-accelerator=nvidia-l4",
        "empty the pool's selectors in infra/pools.yaml, and compile again, if these "
        "devices are the right ones",
    )


def test_a_taint_that_is_not_in_the_table_is_named(
    cluster: Cluster, examined: Examine
) -> None:
    taint = {"key": "team", "value": "b", "effect": "NoSchedule"}
    pools = _pools(cluster, examined, node("c", CPU, taints=[taint]))
    assert pools["cpu"] == Finding(
        "pool cpu",
        "error",
        "Acquire cannot run on c: untolerated taint team=b:NoSchedule",
        "add the taint to the pool in infra/pools.yaml, and compile again",
    )


def test_a_node_that_is_not_ready_or_cordoned_is_no_node(
    cluster: Cluster, examined: Examine
) -> None:
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    cordoned = node("g", GPU, taints=[GPU_TAINT], devices={"nvidia.com/gpu": "1"})
    cordoned["spec"]["unschedulable"] = True
    pools = _pools(cluster, examined, node("c", CPU, taints=[taint]), cordoned)
    assert pools["cpu"].remedy == "kubectl describe node c"
    assert pools["gpu"].observed == "Trainer cannot run on g: it is cordoned"
    assert pools["gpu"].remedy == "kubectl uncordon g"


def test_a_node_without_its_devices_is_too_small(
    cluster: Cluster, examined: Examine
) -> None:
    pools = _pools(cluster, examined, node("g", GPU, taints=[GPU_TAINT]))
    assert pools["gpu"] == Finding(
        "pool gpu",
        "error",
        "Trainer cannot run on g: it offers nvidia.com/gpu 0, the Pod asks 1",
        "larger nodes, or smaller requests in infra/pools.yaml, and compile again",
    )


def test_what_argo_takes_beside_a_step_must_fit_too(
    cluster: Cluster, examined: Examine
) -> None:
    small = node("g", GPU, taints=[GPU_TAINT], devices={"nvidia.com/gpu": "1"})
    small["status"]["allocatable"]["cpu"] = "3"
    pools = _pools(cluster, examined, small)
    observed = "Trainer cannot run on g: it offers cpu 3, the Pod asks 3.05"
    assert pools["gpu"].observed == observed


AUTOSCALER = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
GROUPS = """\
nodeGroups:
- name: https://www.googleapis.com/compute/v1/projects/p/zones/z/instanceGroups/%s
"""
OLD_GROUPS = "NodeGroups:\n  Name:        %s\n  Health:      Healthy (ready=0)\n"


@pytest.mark.parametrize("form", [GROUPS, OLD_GROUPS])
def test_a_pool_that_the_autoscaler_can_fill_is_well(
    cluster: Cluster, examined: Examine, form: str
) -> None:
    name = "gke-prodl-gpu-1a2b-grp"
    cluster.objects[AUTOSCALER] = {"data": {"status": form % name}}
    pools = _pools(cluster, examined, node("cpu-1", CPU))
    observed = f"no node now; the autoscaler can add one: {name}"
    assert pools["gpu"] == Finding("pool gpu", "ok", observed)


def test_an_autoscaler_without_a_group_of_that_name_decides_nothing(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.objects[AUTOSCALER] = {"data": {"status": GROUPS % "gke-prodl-cpu-1-grp"}}
    pools = _pools(cluster, examined, node("cpu-1", CPU))
    assert pools["gpu"] == Finding(
        "pool gpu",
        "unknown",
        "cannot tell from here: no node has prodl.dev/pool=gpu, "
        "cloud.google.com/gke-accelerator=nvidia-l4, and no group of the autoscaler "
        "is named for it (gke-prodl-cpu-1-grp)",
        "see in the cloud that a node pool sets prodl.dev/pool=gpu",
    )


def test_karpenter_names_the_labels_of_its_nodes(
    cluster: Cluster, examined: Examine
) -> None:
    template = {"metadata": {"labels": {"prodl.dev/pool": "gpu"}}}
    made = {"metadata": {"name": "accelerated"}, "spec": {"template": template}}
    cluster.objects["/apis/karpenter.sh/v1/nodepools"] = {"items": [made]}
    pools = _pools(cluster, examined, node("cpu-1", CPU))
    observed = "no node now; the autoscaler can add one: NodePool accelerated"
    assert pools["gpu"] == Finding("pool gpu", "ok", observed)


def test_a_secret_is_read_for_its_keys_and_shows_no_value(
    cluster: Cluster, examined: Examine
) -> None:
    path = f"{NAMESPACE}/secrets/prodl-storage"
    cluster.objects[path] = secret(AWS_ACCESS_KEY_ID="AKIA123")
    finding = examined()["secret"][0]
    assert finding.observed == "prodl-storage has no value for AWS_SECRET_ACCESS_KEY"
    example = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "replace-me"}
    cluster.objects[path] = secret(**example)
    finding = examined()["secret"][0]
    assert finding.observed == "prodl-storage holds the example's 'replace-me'"
    assert finding.status == "error"


def test_pods_that_wait_for_the_image_are_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    status = {"image": "127.0.0.1:1/prodl:1", "state": {"waiting": waiting}}
    pod = {"metadata": {"name": "p"}, "status": {"containerStatuses": [status]}}
    cluster.objects[f"{NAMESPACE}/pods"] = {"items": [pod]}
    assert examined()["image"] == [
        Finding(
            "image",
            "error",
            "Pod p: ImagePullBackOff, Back-off pulling image",
            "kubectl describe pod p -n prodl",
        )
    ]


def test_an_image_without_a_registry_is_an_error(
    cluster: Cluster, examined: Examine
) -> None:
    observed = "prodl names no registry: nodes ask docker.io"
    remedy = "--image REGISTRY/prodl:TAG"
    assert examined(image="prodl")["image"] == [
        Finding("image", "error", observed, remedy)
    ]


def test_pull_secrets_of_the_account_must_be_there_and_for_this_registry(
    cluster: Cluster, examined: Examine
) -> None:
    account = f"{NAMESPACE}/serviceaccounts/prodl-runner"
    cluster.objects[account] = {"imagePullSecrets": [{"name": "pull"}]}
    remedy = (
        "kubectl create secret docker-registry pull -n prodl "
        "--docker-server=REGISTRY --docker-username=USER --docker-password=KEY"
    )
    observed = "no secret pull, which prodl-runner names"
    assert examined()["pull keys"] == [Finding("pull keys", "error", observed, remedy)]
    keys = {".dockerconfigjson": '{"auths": {"https://quay.io/v1/": {}}}'}
    cluster.objects[f"{NAMESPACE}/secrets/pull"] = secret(**keys)
    observed = "pull: keys for quay.io, none for 127.0.0.1:1"
    assert examined()["pull keys"] == [
        Finding("pull keys", "warning", observed, remedy)
    ]
    keys = {".dockerconfigjson": '{"auths": {"127.0.0.1:1": {}}}'}
    cluster.objects[f"{NAMESPACE}/secrets/pull"] = secret(**keys)
    assert examined()["pull keys"][0].status == "ok"


def test_an_account_may_name_an_empty_pull_secret(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.objects[f"{NAMESPACE}/serviceaccounts/prodl-runner"] = {
        "imagePullSecrets": [{}]
    }
    assert examined()["pull keys"][0].status == "ok"


def test_a_group_without_resources_serves_nothing(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.objects["/apis/argoproj.io/v1alpha1"] = {"resources": None}
    assert examined()["crds"][0].status == "error"


def test_karpenter_that_may_not_be_asked_decides_nothing(
    cluster: Cluster, examined: Examine
) -> None:
    cluster.forbidden.add("/apis/karpenter.sh/v1/nodepools")
    pools = _pools(cluster, examined, node("cpu-1", CPU))
    assert pools["gpu"].status == "unknown"
    assert pools["gpu"].remedy.endswith("can-i get nodepools.karpenter.sh")


def test_a_list_that_is_cut_off_decides_nothing(
    cluster: Cluster, examined: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_BYTES", 20_000)
    many = [node(f"cpu-{number}", CPU) for number in range(200)]
    pools = _pools(cluster, examined, *many)
    assert {finding.status for finding in pools.values()} == {"unknown"}


def test_kfp_at_an_address_is_asked_once(cluster: Cluster, examined: Examine) -> None:
    health = "/apis/v2beta1/healthz"
    cluster.raw[health] = (200, b'{"tag_name": "2.17.0"}')
    examined(host=cluster.url)
    assert cluster.requests.count(("GET", health)) == 1


def test_a_step_that_no_pool_of_the_table_takes_is_told(
    cluster: Cluster, kubeconfig: Path
) -> None:
    subject = prepare(project_root(), ClusterOptions(kubeconfig=str(kubeconfig)))
    (first, *others) = subject.demand.steps
    stray = replace(first, selector={"team": "b"})
    demand = replace(subject.demand, steps=(stray, *others))
    assert check_pools(replace(subject, demand=demand))[-1] == Finding(
        "pools",
        "unknown",
        "cannot tell from here: Acquire selects team=b, as no pool of "
        "infra/pools.yaml does",
        "compile again",
    )


def test_a_node_that_is_still_to_come_must_get_the_image(
    cluster: Cluster, examined: Examine
) -> None:
    assert examined()["image"][0].status == "ok"
    nodes = cluster.objects["/api/v1/nodes"]
    gpu = {"prodl.dev/pool": "gpu"}.items()
    nodes["items"] = [n for n in nodes["items"] if not gpu <= _labels_of(n)]
    assert nodes["items"]
    (finding,) = examined()["image"]
    assert finding.status == "unknown"
    assert "127.0.0.1:1: [Errno 111] Connection refused" in finding.observed


def _labels_of(node: Any) -> Any:
    return node["metadata"]["labels"].items()
