# SPDX-License-Identifier: Apache-2.0
"""`prodl doctor --cluster` tells the truth: each verdict beside what the cluster does.

The control plane is one of its own, so that it is empty at first. Kubeflow Pipelines is
not installed in it; its deployments, accounts and custom resources are objects here.
"""

import json
import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from components.core.project import project_root
from infra.proof.client import Client, Refused
from infra.proof.control_plane import ControlPlane, control_plane
from infra.proof.custom_kinds import install_kinds
from infra.proof.nodes import pool_node
from infra.proof.programs import NotBuilt
from infra.proof.waiting import wait_until
from pipelines.__main__ import main
from pipelines.doctor.cluster.capacity.demand import StepDemand, demand_of_table
from pipelines.doctor.cluster.checks import examine
from pipelines.doctor.cluster.options import ClusterOptions, prepare
from pipelines.doctor.cluster.rights import read_role
from pipelines.doctor.cluster.version_checks import KINDS
from pipelines.doctor.findings import Finding
from pipelines.kubeflow.pools import load_pools
from tests.support.manifests import Rendered

pytestmark = [pytest.mark.proof, pytest.mark.slow]

POOLS = load_pools(project_root())
NAMESPACE = POOLS.cluster.namespace
ACCOUNT = POOLS.cluster.service_account
IMAGE = "registry.invalid/prodl:1"
PODS = f"api/v1/namespaces/{NAMESPACE}/pods"
Findings = dict[str, list[Finding]]
STEPS = {step.name: step for step in demand_of_table(POOLS, "gpu", IMAGE).steps}


@dataclass
class Prepared:
    """A control plane, and the ways to ask and change it."""

    plane: ControlPlane
    """The control plane."""

    client: Client
    """Its administrator."""

    kubectl_program: Path
    """kubectl."""

    manifests: list[dict[str, Any]]
    """The rendered overlay s3."""

    def kubectl(self, *arguments: str, text: str = "") -> str:
        """What kubectl prints, as administrator."""
        answer = subprocess.run(
            [self.kubectl_program, f"--kubeconfig={self.plane.kubeconfig}", *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return answer.stdout + answer.stderr

    def apply(self, *kinds: str) -> None:
        """Apply the manifests, all or of some kinds, once more."""
        chosen = [m for m in self.manifests if not kinds or m["kind"] in kinds]
        objects = {"apiVersion": "v1", "kind": "List", "items": chosen}
        options = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        self.kubectl(*options, text=json.dumps(objects))

    def create(
        self, path: str, kind: str, name: str, version: str = "v1", **more: Any
    ) -> None:
        """Create an object."""
        body = {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
        self.client.create(path, {**body, **more})

    def add_node(self, node: dict[str, Any]) -> None:
        """Create a node, and report what it offers as its machine would."""
        path = f"api/v1/nodes/{node['metadata']['name']}"
        self.client.create("api/v1/nodes", {**node, "status": {}})

        def report() -> bool:
            # A controller may change the node in between.
            known = self.client.read(path)
            return bool(
                self.client.replace_status(path, {**known, "status": node["status"]})
            )

        _eventually(report)

    def doctor(self, kubeconfig: Path | None = None, **options: str) -> Findings:
        """What the doctor says of a run on the pool gpu."""
        given = {"pool": "gpu", "image": IMAGE, **options}
        file = str(kubeconfig or self.plane.kubeconfig)
        subject = prepare(project_root(), ClusterOptions(kubeconfig=file, **given))
        found: Findings = {}
        for finding in examine(subject):
            found.setdefault(finding.name, []).append(finding)
        return found


@pytest.fixture(scope="module")
def empty(
    tmp_path_factory: pytest.TempPathFactory,
    kubectl_program: Path,
    rendered: Rendered,
) -> Iterator[Prepared]:
    """A control plane with nothing in it."""
    try:
        with control_plane(tmp_path_factory.mktemp("doctor")) as plane:
            manifests = rendered["overlays/s3"]
            yield Prepared(plane, Client(plane), kubectl_program, manifests)
    except NotBuilt as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def applied(empty: Prepared) -> Prepared:
    """The control plane with the manifests."""
    empty.apply()
    account = f"api/v1/namespaces/{NAMESPACE}/serviceaccounts/{ACCOUNT}"
    _eventually(lambda: bool(empty.client.read(account)))
    return empty


@pytest.fixture
def prepared(applied: Prepared) -> Prepared:
    """The control plane with the manifests, and without nodes and Pods."""
    applied.client.delete("api/v1/nodes")
    applied.client.delete(PODS)
    return applied


def test_an_empty_cluster_lacks_everything(empty: Prepared) -> None:
    options = ("--kubeconfig", str(empty.plane.kubeconfig), "--image", IMAGE)
    result = CliRunner().invoke(main, ["doctor", "--cluster", "mnist-cnn", *options])
    assert result.exit_code == 1
    found = empty.doctor()
    assert "v1.36." in found["kubernetes"][0].observed
    for name in ("crds", "kfp", "argo", "namespace", "account", "rights", "claim"):
        assert found[name][0].status == "error", found[name]
    for name in ("pool cpu", "pool gpu", "secret", "store"):
        assert found[name][0].status == "error", found[name]
    assert "ok" not in {f.status for n in ("quota", "limits") for f in found[n]}
    assert "NotFound" in empty.kubectl("get", "namespace", NAMESPACE)


def test_manifests_make_the_namespace_well(prepared: Prepared) -> None:
    found = prepared.doctor()
    for name in ("namespace", "account", "rights", "quota", "limits"):
        assert [f.status for f in found[name]] == ["ok"], found[name]
    # The controller binds no volume without a storage class.
    assert found["claim"][0].status == "unknown"
    # The example's keys were applied.
    assert "holds the example's 'replace-me'" in found["secret"][0].observed
    store = "s3://prodl at s3.example.com, keys of prodl-storage (kfp-launcher)"
    assert found["artifacts"] == [Finding("artifacts", "ok", store)]


def test_documented_example_is_what_the_doctor_prints(prepared: Prepared) -> None:
    prepared.add_node(pool_node("cpu-1", POOLS.pools["cpu"]))
    text = (project_root() / "docs" / "kubeflow.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^    \$ prodl (doctor --cluster .+)$", text, re.MULTILINE)
    _, _, rest = text.partition(f"    $ prodl {command}\n")
    documented = rest.partition("\n\n")[0]
    arguments = [*command.split(), "--kubeconfig", str(prepared.plane.kubeconfig)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    printed = textwrap.indent(result.output, "    ").rstrip("\n")
    assert (
        printed.replace(prepared.plane.server, "https://127.0.0.1:6443") == documented
    )


def test_custom_resources_are_seen_when_the_server_serves_them(
    prepared: Prepared,
) -> None:
    assert prepared.doctor()["crds"][0].status == "error"
    for group, names in KINDS.items():
        kinds = [name.removesuffix("s").capitalize() for name in names]
        install_kinds(prepared.client, *group.split("/"), *kinds)
    _eventually(lambda: prepared.doctor()["crds"][0].status == "ok")


def test_rights_are_those_that_can_i_answers(prepared: Prepared) -> None:
    # kubectl knows the resources that the test before defined.
    account = f"--as=system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
    asked = ("auth", "can-i", f"--namespace={NAMESPACE}", account)
    role = [str(attributes).split() for attributes in read_role(project_root())]

    def answers(rights: list[list[str]]) -> set[str]:
        return {prepared.kubectl(*asked, *words).split()[0] for words in rights}

    assert prepared.doctor()["rights"][0].status == "ok"
    assert answers(role) == {"yes"}
    group = f"apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
    prepared.client.delete(f"{group}/rolebindings/{ACCOUNT}")
    _eventually(lambda: prepared.doctor()["rights"][0].status == "error")
    (finding,) = prepared.doctor()["rights"]
    assert finding.observed.startswith(f"{ACCOUNT} may not {' '.join(role[0])}, ")
    assert answers(role[:2]) == {"no"}
    prepared.apply("RoleBinding")
    _eventually(lambda: prepared.doctor()["rights"][0].status == "ok")


@pytest.mark.parametrize(
    ("kind", "collection", "name"),
    [
        ("Secret", "secrets/prodl-storage", "secret"),
        ("ServiceAccount", f"serviceaccounts/{ACCOUNT}", "account"),
        ("PersistentVolumeClaim", "persistentvolumeclaims/prodl-state", "claim"),
    ],
)
def test_what_is_deleted_is_missed(
    prepared: Prepared, kind: str, collection: str, name: str
) -> None:
    path = f"api/v1/namespaces/{NAMESPACE}/{collection}"
    body = {"metadata": {"finalizers": None}}
    if kind == "PersistentVolumeClaim":
        # Its protection waits for a controller.
        prepared.kubectl(
            *("patch", "pvc", "prodl-state", "-n", NAMESPACE, "--type=merge"),
            *("-p", json.dumps(body)),
        )
    prepared.client.delete(path)
    (finding,) = prepared.doctor()[name]
    assert finding.status == "error"
    kind_name = collection.replace("/", " ").split()
    assert "NotFound" in prepared.kubectl("get", *kind_name, "-n", NAMESPACE)
    prepared.apply(kind)
    assert "is missing" not in prepared.doctor()[name][0].observed


# Name -> change of the node of pool gpu, and what the doctor says of the pool.
GPU_NODES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "as ordered": (lambda node: None, "1 node"),
    "without the pool's label": (
        lambda node: node["metadata"]["labels"].pop("prodl.dev/pool"),
        "no autoscaler reports here",
    ),
    "without the cloud's label": (
        lambda node: node["metadata"]["labels"].pop("cloud.google.com/gke-accelerator"),
        "lacks the label",
    ),
    "with another taint": (
        lambda node: node["spec"]["taints"].append(
            {"key": "team", "value": "b", "effect": "NoSchedule"}
        ),
        "untolerated taint team=b:NoSchedule",
    ),
    "with a taint that only warns": (
        lambda node: node["spec"]["taints"].append(
            {"key": "team", "value": "b", "effect": "PreferNoSchedule"}
        ),
        "1 node",
    ),
    "without devices": (
        lambda node: node["status"]["allocatable"].pop("nvidia.com/gpu"),
        "it offers nvidia.com/gpu 0, the Pod asks 1",
    ),
    "too small": (
        lambda node: node["status"]["allocatable"].update(memory="8G"),
        "it offers memory 8 GB, the Pod asks",
    ),
    "cordoned": (
        lambda node: node["spec"].update(unschedulable=True),
        "it is cordoned",
    ),
}


@pytest.mark.parametrize("case", GPU_NODES)
def test_a_pool_is_well_where_the_scheduler_puts_its_step(
    prepared: Prepared, case: str
) -> None:
    change, said = GPU_NODES[case]
    node = json.loads(json.dumps(pool_node("gpu-1", POOLS.pools["gpu"])))
    change(node)
    prepared.add_node(node)
    (finding,) = prepared.doctor()["pool gpu"]
    assert said in finding.observed
    prepared.client.create(PODS, _pod(STEPS["Trainer"]))
    _eventually(lambda: _is_decided(prepared))
    placed = prepared.client.read(f"{PODS}/trainer")["spec"].get("nodeName")
    assert (finding.status == "ok") == (placed == "gpu-1"), finding


def test_a_pool_that_the_run_does_not_use_needs_no_node(prepared: Prepared) -> None:
    assert prepared.doctor()["pool tpu"][0].status == "ok"
    assert prepared.doctor(pool="tpu")["pool tpu"][0].status == "error"


def test_a_full_quota_is_said_where_the_next_pod_is_refused(prepared: Prepared) -> None:
    trainer = STEPS["Trainer"]
    assert prepared.doctor()["quota"][0].status == "ok"
    prepared.client.create(PODS, _pod(trainer, "first"))
    _eventually(lambda: _used(prepared, "requests.nvidia.com/gpu") == "1")
    assert prepared.doctor()["quota"][0].status == "ok"
    prepared.client.create(PODS, _pod(trainer, "second"))
    _eventually(lambda: _used(prepared, "requests.nvidia.com/gpu") == "2")
    (finding,) = prepared.doctor()["quota"]
    assert finding.status == "warning"
    assert finding.observed.startswith("no room for Trainer now: ")
    assert "requests.nvidia.com/gpu 1 of 2, 2 used" in finding.observed
    with pytest.raises(Refused, match="exceeded quota"):
        prepared.client.create(PODS, _pod(trainer, "third"))
    prepared.client.delete(f"{PODS}/first")
    _eventually(lambda: prepared.doctor()["quota"][0].status == "ok")
    prepared.client.create(PODS, _pod(trainer, "third"))


def test_a_quota_without_defaults_refuses_what_the_doctor_says(
    prepared: Prepared,
) -> None:
    nameless = _pod(STEPS["Trainer"])
    nameless["spec"]["containers"].append({"name": "wait", "image": IMAGE})
    prepared.client.delete(f"api/v1/namespaces/{NAMESPACE}/limitranges/prodl")
    (finding,) = prepared.doctor()["quota"]
    assert "Argo's containers are refused" in finding.observed
    _eventually(lambda: "must specify" in _refusal(prepared, nameless))
    prepared.apply("LimitRange")
    assert prepared.doctor()["quota"][0].status == "ok"


def test_a_limit_below_a_step_refuses_what_the_doctor_says(prepared: Prepared) -> None:
    path = f"api/v1/namespaces/{NAMESPACE}/limitranges/prodl"
    limits = prepared.client.read(path)
    limits["spec"]["limits"][0]["max"]["memory"] = "8Gi"
    prepared.client.call("PUT", path, limits)
    (finding,) = prepared.doctor()["limits"]
    assert finding.status == "error"
    step = STEPS[finding.observed.partition(" ")[0]]
    _eventually(lambda: "maximum memory usage" in _refusal(prepared, _pod(step)))
    prepared.apply("LimitRange")
    assert prepared.doctor()["limits"][0].status == "ok"


def test_kfp_needs_a_pod_and_access_to_the_namespace(prepared: Prepared) -> None:
    _install_kfp(prepared)
    # Nothing runs here: the service has no Pod, which a controller notes.
    said = "ml-pipeline does not answer: 503, no endpoints available"
    _eventually(lambda: prepared.doctor()["kfp"][0].observed.startswith(said))
    found = prepared.doctor()
    assert found["kfp"][0].status == "error"
    assert found["argo"][0].observed == "workflow-controller has no ready Pod"
    denied = "ml-pipeline may not create workflows.argoproj.io, argo may not create"
    assert denied in found["kfp access"][0].observed
    standalone = "cluster.namespace: kubeflow in infra/pools.yaml, as KFP is standalone"
    assert found["kfp access"][0].remedy == standalone
    who = "--as=system:serviceaccount:kubeflow:argo"
    can_i = ("auth", "can-i", "create", "pods", "-n", NAMESPACE, who)
    assert prepared.kubectl(*can_i).strip() == "no"
    prepared.kubectl(
        *("create", "rolebinding", "starters", "-n", NAMESPACE),
        "--clusterrole=admin",
        *("--serviceaccount=kubeflow:argo", "--serviceaccount=kubeflow:ml-pipeline"),
    )
    prepared.kubectl(
        *("create", "role", "workflows", "-n", NAMESPACE),
        *("--verb=create", "--resource=workflows.argoproj.io"),
    )
    prepared.kubectl(
        *("create", "rolebinding", "workflows", "-n", NAMESPACE, "--role=workflows"),
        "--serviceaccount=kubeflow:ml-pipeline",
    )
    _eventually(lambda: prepared.doctor()["kfp access"][0].status == "ok")
    assert prepared.kubectl(*can_i).strip() == "yes"


def test_a_user_without_rights_is_told_what_cannot_be_told(
    prepared: Prepared, tmp_path: Path
) -> None:
    kubeconfig = _kubeconfig_of(prepared, "visitor", tmp_path)
    found = prepared.doctor(kubeconfig)
    assert "as system:serviceaccount:default:visitor" in found["cluster"][0].observed
    for name in ("namespace", "account", "quota", "limits", "claim", "pool cpu"):
        assert found[name][0].status == "unknown", found[name]
        question = found[name][0].remedy.partition("can-i ")[2].split()
        who = "--as=system:serviceaccount:default:visitor"
        answer = prepared.kubectl("auth", "can-i", *question, who)
        assert answer.split()[0] == "no", answer
    assert "may not ask what prodl-runner may do" in found["rights"][0].observed
    bound = ("--clusterrole=view", "--serviceaccount=default:visitor")
    prepared.kubectl("create", "rolebinding", "visit", "-n", NAMESPACE, *bound)
    _eventually(lambda: prepared.doctor(kubeconfig)["quota"][0].status == "ok")
    found = prepared.doctor(kubeconfig)
    assert found["namespace"][0].status == "ok"
    assert found["secret"][0].status == "unknown"


def test_who_may_impersonate_learns_the_rights_of_the_account(
    prepared: Prepared, tmp_path: Path
) -> None:
    kubeconfig = _kubeconfig_of(prepared, "substitute", tmp_path)
    prepared.kubectl(
        *("create", "clusterrole", "substitute", "--verb=impersonate"),
        "--resource=serviceaccounts",
    )
    prepared.kubectl(
        *("create", "clusterrolebinding", "substitute", "--clusterrole=substitute"),
        "--serviceaccount=default:substitute",
    )
    _eventually(lambda: prepared.doctor(kubeconfig)["rights"][0].status == "ok")


def test_a_store_outside_takes_the_keys_or_not(prepared: Prepared) -> None:
    # Here, because only this test needs it.
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        _use_store(prepared, f"{host}:{port}")
        (finding,) = prepared.doctor()["store"]
        assert (finding.status, finding.observed) == (
            "error",
            f"{host}:{port} has no bucket prodl",
        )
        _send("PUT", f"http://{host}:{port}/prodl")
        assert prepared.doctor()["store"][0].status == "ok"
        # From now on it takes the keys of its own accounts alone.
        _send("POST", f"http://{host}:{port}/moto-api/reset-auth", b"0")
        (finding,) = prepared.doctor()["store"]
        assert finding.status == "error"
        refused = f"{host}:{port} answers 403 to the keys of prodl-storage"
        assert finding.observed == refused
    finally:
        server.stop()
        prepared.apply("ConfigMap")


def test_a_token_that_is_not_accepted_ends_with_two(
    empty: Prepared, tmp_path: Path
) -> None:
    path = _write_kubeconfig(empty, "not-a-token", tmp_path)
    arguments = ["doctor", "--cluster", "--kubeconfig", str(path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "does not accept the credentials of this kubeconfig" in result.output


def _pod(step: StepDemand, name: str = "") -> dict[str, Any]:
    """A Pod that asks for what a step asks for."""
    tolerations = [
        {"key": key, "operator": "Equal", "value": value, "effect": effect}
        for key, value, effect in sorted(step.tolerated)
    ]
    limits = {name: _quantity(amount) for name, amount in step.limits.items()}
    requests = {name: _quantity(amount) for name, amount in step.requests.items()}
    container = {
        "name": "main",
        "image": IMAGE,
        "resources": {"limits": limits, "requests": requests},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name or step.name.lower()},
        "spec": {
            "serviceAccountName": ACCOUNT,
            "containers": [container],
            "nodeSelector": dict(step.selector),
            "tolerations": tolerations,
        },
    }


def _quantity(amount: float) -> str:
    return f"{round(amount * 1000)}m" if amount < 1e6 else f"{round(amount)}"


def _refusal(prepared: Prepared, pod: dict[str, Any]) -> str:
    """Why a Pod is refused; empty if it is admitted. A dry run."""
    try:
        prepared.client.call("POST", PODS, pod, {"dryRun": "All"})
    except Refused as error:
        return str(error)
    return ""


def _used(prepared: Prepared, resource: str) -> str:
    path = f"api/v1/namespaces/{NAMESPACE}/resourcequotas/prodl"
    return str(prepared.client.read(path)["status"].get("used", {}).get(resource))


def _is_decided(prepared: Prepared) -> bool:
    """Whether the scheduler placed the trainer, or said that it cannot."""
    pod = prepared.client.read(f"{PODS}/trainer")
    conditions = pod.get("status", {}).get("conditions") or []
    return any(entry["type"] == "PodScheduled" for entry in conditions)


def _install_kfp(prepared: Prepared) -> None:
    """KFP's deployments, accounts and service as objects, without Pods."""
    prepared.create("api/v1/namespaces", "Namespace", "kubeflow")
    accounts = {"ml-pipeline": "ml-pipeline", "workflow-controller": "argo"}
    for name, account in accounts.items():
        within = "api/v1/namespaces/kubeflow"
        prepared.create(f"{within}/serviceaccounts", "ServiceAccount", account)
        labels = {"app": name}
        prepared.create(
            "apis/apps/v1/namespaces/kubeflow/deployments",
            "Deployment",
            name,
            "apps/v1",
            spec={
                "replicas": 0,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "serviceAccountName": account,
                        "containers": [{"name": "main", "image": f"{name}:2.17.0"}],
                    },
                },
            },
        )
    ports = [{"name": "http", "port": 8888}]
    prepared.create(
        "api/v1/namespaces/kubeflow/services",
        "Service",
        "ml-pipeline",
        spec={"selector": {"app": "ml-pipeline"}, "ports": ports},
    )


def _kubeconfig_of(prepared: Prepared, name: str, folder: Path) -> Path:
    """A kubeconfig of a new service account without any rights."""
    within = "api/v1/namespaces/default/serviceaccounts"
    prepared.create(within, "ServiceAccount", name)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
    answer = prepared.client.call("POST", f"{within}/{name}/token", asked)
    return _write_kubeconfig(prepared, answer["status"]["token"], folder)


def _write_kubeconfig(prepared: Prepared, token: str, folder: Path) -> Path:
    content = json.loads(prepared.plane.kubeconfig.read_text())
    content["users"][0]["user"] = {"token": token}
    path = folder / "kubeconfig"
    path.write_text(json.dumps(content))
    return path


def _use_store(prepared: Prepared, endpoint: str) -> None:
    """Let the launcher's settings name another store, without TLS."""
    path = f"api/v1/namespaces/{NAMESPACE}/configmaps/kfp-launcher"
    settings = prepared.client.read(path)
    providers = settings["data"]["providers"].replace("s3.example.com", endpoint)
    without_tls = providers.replace("disableSSL: false", "disableSSL: true")
    settings["data"]["providers"] = without_tls
    prepared.client.call("PUT", path, settings)


def _send(method: str, url: str, body: bytes = b"") -> None:
    answer = requests.request(method, url, data=body, timeout=10)
    assert answer.ok, answer.text


def _eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds; it must within a minute."""

    def is_so() -> bool:
        try:
            return holds()
        except Refused:
            return False

    wait_until("the cluster got there", is_so)
