# SPDX-License-Identifier: Apache-2.0
"""The graph compiles to what open-source Kubeflow Pipelines accepts, or is refused."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.contracts.artifacts import ARTIFACT_TYPES
from components.core.errors import UsageError
from components.core.hashing import hash_directory
from components.core.project import project_root
from components.model_store.published import PublishedModel
from pipelines.config import load_config
from pipelines.context import RunContext, recorded_context
from pipelines.fingerprint import project_fingerprint
from pipelines.kubeflow.pools import load_pools
from pipelines.kubeflow.visualizations.outputs import VISUALIZATIONS
from pipelines.nodes import DATA_NODES, MODEL_NODES, REPORT
from tests.support.bare_project import make_bare_project

pytestmark = pytest.mark.cluster

RECIPE = "mnist-cnn"
# They open the store of published models themselves.
STORE_STEPS = ("FindBaseline", "Evaluate", "Pusher")


@pytest.fixture(scope="module")
def context() -> RunContext:
    """mnist-cnn with the data version of dvc.lock: no raw file is read."""
    return recorded_context(load_config(project_root()), RECIPE)


@pytest.fixture(scope="module")
def file(context: RunContext, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mnist-cnn compiled for the GPU pool, with data from a repository."""
    from pipelines.graph.execution_target import DataOrigin
    from pipelines.kubeflow.compiler import ClusterTarget, compile_recipe

    path = tmp_path_factory.mktemp("kfp") / "mnist-cnn.yaml"
    origin = DataOrigin("https://git.invalid/prodl", "v1", "s3://shelf/prodl")
    compile_recipe(context, path, ClusterTarget(pool="gpu", origin=origin))
    return path


@pytest.fixture(scope="module")
def documents(file: Path) -> list[Any]:
    """The two documents: pipeline and platform."""
    return list(yaml.load_all(file.read_text(), yaml.CSafeLoader))


def test_both_documents_parse_strictly(file: Path) -> None:
    from pipelines.kubeflow.spec import read_specification

    specification = read_specification(file)
    assert specification.pipeline.schema_version == "2.1.0"
    assert specification.placements.keys() == specification.containers.keys()


def test_the_doctor_knows_what_a_run_asks_without_compiling(file: Path) -> None:
    from pipelines.doctor.cluster.capacity.demand import demand_of_file, demand_of_table

    compiled = demand_of_file(file)
    table = demand_of_table(load_pools(project_root()), "gpu", "prodl")
    assert {s.name: s for s in table.steps} == {s.name: s for s in compiled.steps}
    assert table.image == compiled.image
    for step in table.steps:
        assert table.ancestors(step.name) == compiled.ancestors(step.name), step


def test_kfp_client_reads_the_file(file: Path) -> None:
    from kfp.components import load_component_from_file

    loaded = load_component_from_file(str(file))
    assert loaded.name == RECIPE
    assert loaded.platform_spec.platforms.keys() == {"kubernetes"}


def test_data_version_is_a_parameter_with_a_default_and_reaches_the_head(
    documents: list[Any], context: RunContext
) -> None:
    root, data = documents[0]["root"], context.data
    declared = root["inputDefinitions"]["parameters"]
    defaults = {name: p.get("defaultValue") for name, p in declared.items()}
    assert defaults == {
        "data_md5": data.dvc_md5,
        "data_variant": "official",
        "data_repo": "https://git.invalid/prodl",
        "data_rev": "v1",
        "data_remote": "s3://shelf/prodl",
    }
    head = root["dag"]["tasks"]["Acquire"]["inputs"]["parameters"]
    assert head["dvc_md5"] == {"componentInputParameter": "data_md5"}
    content = head["content_sha256"]["runtimeValue"]["constant"]
    assert content == data.content_sha256


def test_every_step_runs_our_entrypoint_and_knows_its_code(
    documents: list[Any],
) -> None:
    executors = documents[0]["deploymentSpec"]["executors"]
    commands = {tuple(e["container"]["command"]) for e in executors.values()}
    assert commands == {("python", "-P", "-m", "pipelines.kubeflow.entrypoint")}
    placed = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    for settings in placed.values():
        annotations = settings["podMetadata"]["annotations"]
        assert annotations == {"prodl.dev/code": project_fingerprint()}


def test_steps_know_the_classes_of_the_projects_artifact_types(
    documents: list[Any],
) -> None:
    """TFX finds those of its own types alone."""
    told: set[str] = set()
    for executor in documents[0]["deploymentSpec"]["executors"].values():
        *_, name, value = executor["container"]["args"]
        told |= set(value.split(",")) if name == "--artifact_types" else set()
    assert told == {f"{c.__module__}.{c.__qualname__}" for c in ARTIFACT_TYPES}


def test_only_the_trainer_asks_for_the_accelerator(documents: list[Any]) -> None:
    executors = documents[0]["deploymentSpec"]["executors"]
    asking = {
        label: executor["container"]["resources"]["accelerator"]
        for label, executor in executors.items()
        if "accelerator" in executor["container"]["resources"]
    }
    assert asking == {"Trainer_executor": {"type": "nvidia.com/gpu", "count": "1"}}


def test_trainer_is_sent_to_the_pool_and_may_stay_there(documents: list[Any]) -> None:
    placed = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    pool = load_pools(project_root()).pool("gpu")
    trainer = placed["Trainer_executor"]
    assert trainer["nodeSelector"]["labels"] == pool.node_selector
    assert {t["key"] for t in trainer["tolerations"]} == {t.key for t in pool.taints}
    (memory,) = trainer["emptyDirMounts"]
    assert (memory["mountPath"], memory["medium"]) == ("/dev/shm", "Memory")
    assert memory["sizeLimit"] == pool.shared_memory
    assert "tolerations" not in placed["Ingest_executor"]


def test_credentials_reach_only_the_steps_that_talk_to_a_store(
    documents: list[Any],
) -> None:
    placed = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    given = {label for label, settings in placed.items() if "secretAsEnv" in settings}
    steps = load_pools(project_root()).cluster.secret_steps
    assert given == {f"{step}_executor" for step in steps}


def test_baseline_is_looked_up_in_every_run_and_passed_on_by_value(
    documents: list[Any],
) -> None:
    tasks = documents[0]["root"]["dag"]["tasks"]
    assert "cachingOptions" not in tasks["FindBaseline"]
    assert tasks["Evaluate"]["cachingOptions"] == {"enableCache": True}
    taken = tasks["Evaluate"]["inputs"]["parameters"]["baseline_sha256"]
    assert taken["taskOutputParameter"]["producerTask"] == "FindBaseline"


@pytest.mark.parametrize(
    ("change", "variables"),
    [
        ({}, {"MINIO_DEFAULT_ENDPOINT_URL": "http://seaweedfs.kubeflow:9000"}),
        (
            {"kfp_version": "2.15.0"},
            {"MINIO_DEFAULT_ENDPOINT_URL": "http://minio-service.kubeflow:9000"},
        ),
        (
            {"store_endpoint": "https://store.example.org"},
            {"MINIO_ENDPOINT_URL": "https://store.example.org"},
        ),
        (
            {"store_endpoint": "https://store.example.org", "published": "s3://b/m"},
            {"AWS_ENDPOINT_URL": "https://store.example.org"},
        ),
        ({"published": "s3://b/m"}, {}),
    ],
)
def test_steps_that_open_the_store_know_its_server(
    context: RunContext,
    tmp_path: Path,
    change: dict[str, str],
    variables: dict[str, str],
) -> None:
    from pipelines.kubeflow.compiler import ClusterTarget, compile_recipe
    from pipelines.kubeflow.spec import read_specification

    compile_recipe(context, tmp_path / "s.yaml", ClusterTarget(**change))
    containers = read_specification(tmp_path / "s.yaml").containers
    assert {
        task: {variable.name: variable.value for variable in container.env}
        for task, container in containers.items()
        if task != "Trainer" and container.env
    } == {task: variables for task in STORE_STEPS if variables}


def test_driver_that_knows_no_security_contexts_gets_none(
    context: RunContext, documents: list[Any], tmp_path: Path
) -> None:
    """It refuses a platform document with a field that it does not know."""
    from pipelines.kubeflow.compiler import ClusterTarget, compile_recipe

    compile_recipe(context, tmp_path / "s.yaml", ClusterTarget(kfp_version="2.15.0"))
    assert "securityContext" not in (tmp_path / "s.yaml").read_text()
    placed = documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert all("securityContext" in settings for settings in placed.values())


def test_graph_is_the_local_one_and_a_page_at_its_end(
    documents: list[Any], context: RunContext
) -> None:
    from pipelines.graph.pipeline import build_recipe
    from pipelines.local.runner import local_target

    target = local_target(Path("state"), "mnist", RECIPE)
    graph = build_recipe(context, PublishedModel(), target)
    nodes = {node.id for node in graph.components}
    assert nodes == {*DATA_NODES, *MODEL_NODES}
    assert documents[0]["root"]["dag"]["tasks"].keys() == nodes | {REPORT}
    # What KFP's page draws is no output of a local run.
    local = {output for node in graph.components for output in node.outputs}
    assert local.isdisjoint(v.name for v in VISUALIZATIONS)


def test_kfp_page_has_outputs_of_its_own_types_to_draw(documents: list[Any]) -> None:
    drawn: dict[str, set[str]] = {}
    for node, component in documents[0]["components"].items():
        outputs = component.get("outputDefinitions", {}).get("artifacts", {})
        for output in outputs.values():
            if title := output["artifactType"].get("schemaTitle"):
                drawn.setdefault(node, set()).add(title)
    assert drawn == {
        "ValidateItems": {"system.HTML", "system.Metrics"},
        "SummariseDistributions": {"system.HTML", "system.Metrics"},
        "Evaluate": {"system.Metrics", "system.ClassificationMetrics"},
        "Report": {"system.HTML"},
    }


def test_pipeline_says_what_it_is_for_and_tasks_are_called_like_nodes(
    documents: list[Any],
) -> None:
    description = documents[0]["pipelineInfo"]["description"]
    assert description == (
        "A classifier of images: the best small network. "
        "Data set mnist, variant official."
    )
    # Names on KFP's page, by which a run is followed and `prodl` explains its end.
    tasks = documents[0]["root"]["dag"]["tasks"]
    assert {task["taskInfo"]["name"] for task in tasks.values()} == tasks.keys()


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        ({}, "spec.json", r"must be a \.yaml file"),
        ({"pool": "gpus"}, "s.yaml", "Did you mean 'gpu'"),
        ({"pipeline_root": "/data/root"}, "s.yaml", "must be in an object store"),
        ({"published": "models"}, "s.yaml", "must be in an object store"),
        ({"kfp_version": "2.18"}, "s.yaml", "unknown version .*\nExpected one of 2.4,"),
        (
            {"store_endpoint": "store:9000"},
            "s.yaml",
            "expected the address of a server",
        ),
        (
            {"store_endpoint": "https://s.example.org", "pipeline_root": "gs://b/r"},
            "s.yaml",
            "Leave the option out",
        ),
    ],
)
def test_what_a_cluster_cannot_run_is_refused(
    context: RunContext,
    tmp_path: Path,
    change: dict[str, str],
    name: str,
    message: str,
) -> None:
    from pipelines.kubeflow.compiler import ClusterTarget, compile_recipe

    with pytest.raises(UsageError, match=message):
        compile_recipe(context, tmp_path / name, ClusterTarget(**change))
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's settings without its data, and a published mnist-cnn."""
    root = tmp_path_factory.mktemp("bare")
    make_bare_project(root)
    return root


@pytest.fixture
def _no_network() -> Iterator[None]:
    """Python code that asks the network for anything fails."""
    watching = True

    def refuse(event: str, _: object) -> None:
        if watching and event in ("socket.connect", "socket.getaddrinfo"):
            raise OSError(f"{event} while compiling")

    sys.addaudithook(refuse)
    yield
    watching = False


@pytest.mark.usefixtures("_no_network")
@pytest.mark.parametrize("name", load_config(project_root()).recipes)
def test_every_recipe_compiles_without_data_and_network(
    name: str, bare: Path, tmp_path: Path
) -> None:
    from pipelines.kubeflow.spec import read_specification

    assert read_specification(_write(name, bare, tmp_path)).name == name


@pytest.mark.usefixtures("_no_network")
def test_data_version_is_read_from_the_lock_where_no_data_are(
    bare: Path, context: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.kubeflow.compile import write_specification

    monkeypatch.setenv("PRODL_ROOT", str(bare))
    write_specification(RECIPE, tmp_path / "spec.yaml")
    assert context.data.dvc_md5 in (tmp_path / "spec.yaml").read_text()


def test_needed_model_is_named_by_version_and_hash(bare: Path, tmp_path: Path) -> None:
    tasks = _compile("mnist-gan", bare, tmp_path)["tasks"]
    constants = {
        (task, name): value.get("runtimeValue", {}).get("constant")
        for task in ("Trainer", "Evaluate")
        for name, value in tasks[task]["inputs"]["parameters"].items()
    }
    folder = f"models/{RECIPE}/4"
    needs = {"uri": folder, "sha256": hash_directory(bare / folder)}
    assert json.loads(constants["Trainer", "custom_config"])["needs"] == needs
    assert constants["Evaluate", "needs_uri"] == needs["uri"]
    assert constants["Evaluate", "needs_sha256"] == needs["sha256"]


def test_need_that_nobody_published_is_refused_with_the_command_that_helps(
    bare: Path, tmp_path: Path
) -> None:
    root = tmp_path / "unpublished"
    shutil.copytree(bare, root, ignore=shutil.ignore_patterns("models"))
    with pytest.raises(UsageError, match=f"dvc repro publish@{RECIPE}"):
        _compile("mnist-gan", root, tmp_path)


def _compile(name: str, root: Path, folder: Path) -> Any:
    """The graph of a compiled recipe of the project in `root`."""
    written = _write(name, root, folder).read_text()
    specification, _ = yaml.load_all(written, yaml.CSafeLoader)
    return specification["root"]["dag"]


def _write(name: str, root: Path, folder: Path) -> Path:
    from pipelines.kubeflow.compiler import compile_recipe

    path = folder / "spec.yaml"
    compile_recipe(recorded_context(load_config(root), name), path)
    return path
