# SPDX-License-Identifier: Apache-2.0
"""KFP's driver, called with the options that KFP's compiler gives it.

Its results are files. Their paths and the options are those of the templates of the
Argo Workflow that KFP's API server makes of a specification.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import json_format

from components.core.errors import ProdlError
from pipelines.kubeflow.spec import Specification
from tests.support.kfp import network
from tests.support.kfp.cluster import Cluster
from tests.support.kfp.failures import reason_of

OUTPUTS: Final = "/tmp/outputs"
# Option of the driver -> file of its result.
ROOT_RESULTS: Final = {
    "execution_id_path": "execution-id",
    "iteration_count_path": "iteration-count",
    "condition_path": "condition",
}
CONTAINER_RESULTS: Final = {
    "cached_decision_path": "cached-decision",
    "pod_spec_patch_path": "pod-spec-patch",
    "condition_path": "condition",
}


@dataclass(frozen=True)
class Decision:
    """What the driver decided for a step."""

    is_cached: bool
    """Whether the outputs of an earlier execution are taken."""

    pod_spec_patch: dict[str, Any]
    """The patch of the step's Pod; empty for a cached step."""


def root_options(
    specification: Specification, values: Mapping[str, Any], root: str, run_id: str
) -> dict[str, str]:
    """Options of the driver of the whole graph.

    Args:
        specification: The pipeline.
        values: Values of its parameters.
        root: Address for artifacts; empty for the installation's own.
        run_id: The run.
    """
    runtime: dict[str, Any] = {"parameterValues": dict(values)}
    if root:
        runtime["gcsOutputDirectory"] = root
    return {
        "type": "ROOT_DAG",
        **_run_options(specification, run_id),
        "component": _json(specification.pipeline.root),
        "runtime_config": json.dumps(runtime),
    }


def container_options(
    specification: Specification, task: str, run_id: str, parent: str
) -> dict[str, str]:
    """Options of the driver of a step.

    Args:
        specification: The pipeline.
        task: Name of the step.
        run_id: The run.
        parent: Execution of the graph, as its driver answered.
    """
    return {
        "type": "CONTAINER",
        **_run_options(specification, run_id),
        "dag_execution_id": parent,
        "component": _json(specification.component(task)),
        "task": _json(specification.task(task)),
        "task_name": task,
        "container": _json(specification.containers[task]),
        "kubernetes_config": _json(specification.placements[task]),
    }


def drive_graph(cluster: Cluster, options: Mapping[str, str]) -> str:
    """Run the driver of the whole graph; return the id of its execution.

    Raises:
        ProdlError: If it failed.
    """
    found = _drive(cluster, "root-driver", options, ROOT_RESULTS)
    return found["execution-id"]


def drive_step(cluster: Cluster, task: str, options: Mapping[str, str]) -> Decision:
    """Run the driver of a step.

    Raises:
        ProdlError: If it failed.
    """
    found = _drive(cluster, f"{task}-driver", options, CONTAINER_RESULTS)
    return Decision(
        is_cached=found.get("cached-decision") == "true",
        pod_spec_patch=json.loads(found.get("pod-spec-patch") or "{}"),
    )


def run_driver(cluster: Cluster, name: str, arguments: list[str]) -> dict[str, str]:
    """Run the driver with arguments; return the content of each file it wrote.

    Raises:
        ProdlError: If it failed.
    """
    outputs = cluster.pod_folder(name) / "outputs"
    outputs.mkdir(exist_ok=True)
    code, log = cluster.run(name, ["/kfp-driver", *arguments], {}, {OUTPUTS: outputs})
    if code:
        raise ProdlError(reason_of(name, "driver", code, log))
    return {file.name: file.read_text() for file in outputs.iterdir()}


def _drive(
    cluster: Cluster, name: str, options: Mapping[str, str], results: Mapping[str, str]
) -> dict[str, str]:
    paths = {key: f"{OUTPUTS}/{file}" for key, file in results.items()}
    given = {**options, **paths, **SERVERS}
    arguments = [f"--{key}={value}" for key, value in given.items()]
    if not cluster.is_caching:
        arguments.append("--cache_disabled")
    return run_driver(cluster, name, arguments)


def _run_options(specification: Specification, run_id: str) -> dict[str, str]:
    return {
        "pipeline_name": specification.name,
        "run_id": run_id,
        "run_name": f"{specification.name}-run",
        "run_display_name": specification.name,
    }


# Logs are published, as a plain installation has it.
SERVERS: Final = {
    "mlmd_server_address": network.METADATA,
    "mlmd_server_port": str(network.METADATA_PORT),
    "ml_pipeline_server_address": network.API_SERVER,
    "ml_pipeline_server_port": str(network.API_SERVER_PORT),
    "http_proxy": "",
    "https_proxy": "",
    "no_proxy": "",
    "publish_logs": "true",
    "log_level": "1",
}


def _json(message: Any) -> str:
    text: str = json_format.MessageToJson(message, indent=None)
    return text
