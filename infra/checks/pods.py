# SPDX-License-Identifier: Apache-2.0
"""The Pods that Kubeflow Pipelines would create from a compiled specification.

Merges what KFP's driver makes of a step's settings, restated in
`pipelines/emulator/driver/pod_patch.py`, into the Pod that KFP's compiler and Argo
prepare for it.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes

from infra.checks.kfp_pod import Manifest, driver_pod, step_pod
from infra.checks.merge import merge
from pipelines.emulator.driver.pod_patch import pod_patch
from pipelines.kubeflow.spec import Container


def render_pods(
    specification: Mapping[str, Any], platform: Mapping[str, Any], account: str
) -> dict[str, Manifest]:
    """Render the Pod of every step.

    Args:
        specification: First document of a compiled file.
        platform: Its second document.
        account: Service account of the run.

    Returns:
        Name of the task -> Pod.

    Raises:
        UsageError: A setting is not supported here.
    """
    executors = specification["deploymentSpec"]["executors"]
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    pods = {}
    for task, body in specification["root"]["dag"]["tasks"].items():
        component = specification["components"][body["componentRef"]["name"]]
        label = component["executorLabel"]
        container = json_format.ParseDict(executors[label]["container"], Container())
        placement = json_format.ParseDict(
            settings.get(label, {}), kubernetes.KubernetesExecutorConfig()
        )
        pod = step_pod(task.lower(), account)
        pod["spec"] = merge(pod["spec"], pod_patch(container, placement))
        # Argo's template has the annotations, since its patch is of the spec alone.
        pod["metadata"]["annotations"] = dict(placement.pod_metadata.annotations)
        pods[task] = pod
    return pods


def count_pods(specification: Mapping[str, Any]) -> int:
    """Count the Pods of a run without cached steps: driver and launcher per step.

    The graph itself has one more driver.

    Args:
        specification: First document of a compiled file.
    """
    return 2 * len(specification["root"]["dag"]["tasks"]) + 1


def render_drivers(specification: Mapping[str, Any], account: str) -> list[Manifest]:
    """Render the Pods of the drivers: one for the graph, and one for each step.

    Args:
        specification: First document of a compiled file.
        account: Service account of the run.
    """
    names = ["root", *specification["root"]["dag"]["tasks"]]
    return [driver_pod(f"{name.lower()}-driver", account) for name in names]


def main_container(pod: Manifest) -> Manifest:
    """The container of a Pod that runs the step, or the driver."""
    (main,) = (c for c in pod["spec"]["containers"] if c["name"] == "main")
    return dict(main)
