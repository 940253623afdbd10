# SPDX-License-Identifier: Apache-2.0
"""The Pods that Kubeflow Pipelines would create from a compiled specification.

Puts the settings of a step, from both documents, into the Pod that KFP prepares for it,
as KFP's driver does. Only the settings that this project uses are supported; any other
is an error, so that no setting goes unchecked.
"""

from collections.abc import Mapping
from typing import Any, Final

from infra.checks.kfp_pod import Manifest, driver_pod, step_pod

KNOWN_SETTINGS: Final = {
    "imagePullPolicy",
    "nodeSelector",
    "podMetadata",
    "tolerations",
    "secretAsEnv",
    "securityContext",
    "pvcMount",
    "fieldPathAsEnv",
    "emptyDirMounts",
}


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
        ValueError: A setting is not supported here.
    """
    executors = specification["deploymentSpec"]["executors"]
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    pods = {}
    for task, body in specification["root"]["dag"]["tasks"].items():
        component = specification["components"][body["componentRef"]["name"]]
        label = component["executorLabel"]
        pod = step_pod(task.lower(), executors[label]["container"], account)
        _patch(pod, settings.get(label, {}))
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


def _patch(pod: Manifest, settings: Mapping[str, Any]) -> None:
    if unknown := set(settings) - KNOWN_SETTINGS:
        raise ValueError(
            f"infra/checks/pods.py does not support {', '.join(sorted(unknown))}.\n"
            "Add it there, as KFP's driver does it."
        )
    spec = pod["spec"]
    (main,) = (c for c in spec["containers"] if c["name"] == "main")
    main["imagePullPolicy"] = settings.get("imagePullPolicy", "IfNotPresent")
    spec["nodeSelector"] = dict(settings.get("nodeSelector", {}).get("labels", {}))
    spec["tolerations"] = [dict(entry) for entry in settings.get("tolerations", [])]
    pod["metadata"] |= settings.get("podMetadata", {}) and {
        "annotations": dict(settings["podMetadata"].get("annotations", {}))
    }
    main["env"] += _environment(settings)
    if security := settings.get("securityContext"):
        main["securityContext"] |= _identity(security)
    for mount in settings.get("pvcMount", []):
        name = mount["constant"]
        volume = {"name": name, "persistentVolumeClaim": {"claimName": name}}
        _mount(spec, main, volume, mount["mountPath"])
    for mount in settings.get("emptyDirMounts", []):
        empty = {key: mount[key] for key in ("medium", "sizeLimit")}
        volume = {"name": mount["volumeName"], "emptyDir": empty}
        _mount(spec, main, volume, mount["mountPath"])


def _identity(security: Mapping[str, Any]) -> Manifest:
    """Who the step runs as; in the document a number of 64 bits is a string."""
    identity: Manifest = {
        name: int(security[name])
        for name in ("runAsUser", "runAsGroup")
        if name in security
    }
    if "runAsNonRoot" in security:
        identity["runAsNonRoot"] = security["runAsNonRoot"]
    return identity


def _environment(settings: Mapping[str, Any]) -> list[Manifest]:
    variables: list[Manifest] = []
    for secret in settings.get("secretAsEnv", []):
        for pair in secret["keyToEnv"]:
            reference = {"name": secret["secretName"], "key": pair["secretKey"]}
            source = {"secretKeyRef": reference}
            variables.append({"name": pair["envVar"], "valueFrom": source})
    for entry in settings.get("fieldPathAsEnv", []):
        source = {"fieldRef": {"fieldPath": entry["fieldPath"]}}
        variables.append({"name": entry["name"], "valueFrom": source})
    return variables


def _mount(spec: Manifest, main: Manifest, volume: Manifest, path: str) -> None:
    spec["volumes"].append(volume)
    main["volumeMounts"].append({"name": volume["name"], "mountPath": path})
