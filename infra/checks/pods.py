# SPDX-License-Identifier: Apache-2.0
"""The Pods that Kubeflow Pipelines would create from a compiled specification.

Reimplements two parts of KFP 2: the Pod that its compiler prepares for every step, and
the patch that its driver makes from the step's container and platform settings. Only
the settings that this project uses are supported; any other is an error, so that no
setting goes unchecked.
"""

from collections.abc import Mapping
from typing import Any, Final

LAUNCHER: Final = "/kfp-launcher/launch"
# Folders that the launcher fills and empties, and three below the home folder.
SCRATCH: Final = ("gcs", "s3", "minio", ".local", ".cache", ".config")
KNOWN_SETTINGS: Final = {
    "imagePullPolicy",
    "nodeSelector",
    "podMetadata",
    "tolerations",
    "secretAsEnv",
    "pvcMount",
    "fieldPathAsEnv",
    "emptyDirMounts",
}
Manifest = dict[str, Any]


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
        pod = _prepared(task, executors[label]["container"], account)
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


def _prepared(task: str, container: Mapping[str, Any], account: str) -> Manifest:
    volumes = {"kfp-launcher": "/kfp-launcher"}
    volumes |= {f"{name.replace('.', 'dot-')}-scratch": f"/{name}" for name in SCRATCH}
    mounts = [{"name": name, "mountPath": path} for name, path in volumes.items()]
    main = {
        "name": "main",
        "image": container["image"],
        "command": [LAUNCHER],
        "args": ["--", *container.get("command", []), *container.get("args", [])],
        "env": [dict(variable) for variable in container.get("env", [])],
        "resources": _resources(container.get("resources", {})),
        "volumeMounts": mounts,
    }
    launcher = {
        "name": "kfp-launcher",
        "image": "ghcr.io/kubeflow/kfp-launcher:2.17.0",
        "command": ["launcher-v2"],
        "args": ["--copy", LAUNCHER],
        "resources": {
            "requests": {"cpu": "100m"},
            "limits": {"cpu": "500m", "memory": "128Mi"},
        },
        "volumeMounts": mounts[:1],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": task.lower(),
            "labels": {"workflows.argoproj.io/workflow": "run"},
        },
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": account,
            "initContainers": [launcher],
            "containers": [main],
            "volumes": [{"name": name, "emptyDir": {}} for name in volumes],
        },
    }


def _resources(asked: Mapping[str, Any]) -> Manifest:
    """Requests and limits: cores, memory in gigabytes, devices by resource name."""
    requests, limits = {}, {}
    if "cpuRequest" in asked:
        requests["cpu"] = f"{asked['cpuRequest']:g}"
    if "memoryRequest" in asked:
        requests["memory"] = f"{asked['memoryRequest']:g}G"
    if "cpuLimit" in asked:
        limits["cpu"] = f"{asked['cpuLimit']:g}"
    if "memoryLimit" in asked:
        limits["memory"] = f"{asked['memoryLimit']:g}G"
    if accelerator := asked.get("accelerator"):
        limits[accelerator["type"]] = str(accelerator["count"])
    return {"requests": requests, "limits": limits}


def _patch(pod: Manifest, settings: Mapping[str, Any]) -> None:
    if unknown := set(settings) - KNOWN_SETTINGS:
        raise ValueError(
            f"infra/checks/pods.py does not support {', '.join(sorted(unknown))}.\n"
            "Add it there, as KFP's driver does it."
        )
    spec = pod["spec"]
    (main,) = spec["containers"]
    main["imagePullPolicy"] = settings.get("imagePullPolicy", "IfNotPresent")
    spec["nodeSelector"] = dict(settings.get("nodeSelector", {}).get("labels", {}))
    spec["tolerations"] = [dict(entry) for entry in settings.get("tolerations", [])]
    pod["metadata"] |= settings.get("podMetadata", {}) and {
        "annotations": dict(settings["podMetadata"].get("annotations", {}))
    }
    main["env"] += _environment(settings)
    for mount in settings.get("pvcMount", []):
        name = mount["constant"]
        volume = {"name": name, "persistentVolumeClaim": {"claimName": name}}
        _mount(spec, main, volume, mount["mountPath"])
    for mount in settings.get("emptyDirMounts", []):
        empty = {key: mount[key] for key in ("medium", "sizeLimit")}
        volume = {"name": mount["volumeName"], "emptyDir": empty}
        _mount(spec, main, volume, mount["mountPath"])


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
