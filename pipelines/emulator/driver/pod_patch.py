# SPDX-License-Identifier: Apache-2.0
"""The patch that KFP's driver makes for the Pod of a step.

Argo merges it into the Pod that KFP's compiler prepared (`infra/checks/pods.py`). Only
the settings that this project uses are supported; any other is an error, so that no
setting goes unchecked. Left out is the launcher's own command line.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes

from components.core.errors import UsageError
from pipelines.emulator.driver.quantities import canonical_quantity
from pipelines.kubeflow.spec import Container

# Settings of a step, as the platform document names them -> their supported fields.
# Annotations reach a Pod through Argo's template, not through the patch.
SUPPORTED: Final[Mapping[str, frozenset[str]]] = {
    "imagePullPolicy": frozenset(),
    "nodeSelector": frozenset({"labels"}),
    "podMetadata": frozenset({"labels", "annotations"}),
    "tolerations": frozenset(
        {"key", "operator", "value", "effect", "tolerationSeconds"}
    ),
    "secretAsEnv": frozenset({"secretName", "keyToEnv", "optional"}),
    "pvcMount": frozenset({"constant", "mountPath"}),
    "fieldPathAsEnv": frozenset({"name", "fieldPath"}),
    "emptyDirMounts": frozenset({"volumeName", "mountPath", "medium", "sizeLimit"}),
    "securityContext": frozenset({"runAsUser", "runAsGroup", "runAsNonRoot"}),
}
PULL_POLICIES: Final = ("", "Always", "Never", "IfNotPresent")
Manifest = dict[str, Any]


def pod_patch(
    container: Container, placement: kubernetes.KubernetesExecutorConfig
) -> Manifest:
    """The patch of a step's Pod, as far as its specification determines it.

    Args:
        container: The step's container.
        placement: Its Kubernetes settings.

    Raises:
        UsageError: If KFP's driver would refuse a setting, or it is not supported here.
    """
    _refuse_unsupported(json_format.MessageToDict(placement))
    volumes = list(_volumes(placement))
    main = {
        "name": "main",
        "image": container.image,
        "imagePullPolicy": placement.image_pull_policy,
        "args": [*container.command, *container.args],
        "env": [*_own_environment(container), *_environment(placement)],
        "resources": _resources(container),
        "volumeMounts": [
            {"name": volume["name"], "mountPath": path} for volume, path in volumes
        ],
        "securityContext": _security_context(placement),
    }
    spec = {
        "containers": [_filled(main) | {"resources": main["resources"]}],
        "nodeSelector": dict(placement.node_selector.labels),
        "tolerations": [_toleration(entry) for entry in placement.tolerations],
        "volumes": [volume for volume, _ in volumes],
    }
    return _filled(spec)


def _refuse_unsupported(settings: Manifest) -> None:
    for name, value in settings.items():
        if name not in SUPPORTED:
            raise _unsupported(name)
        for entry in value if isinstance(value, list) else [value]:
            fields = entry.keys() if isinstance(entry, dict) else set()
            for field in sorted(fields - SUPPORTED[name]):
                raise _unsupported(f"{name}.{field}")
    policy = settings.get("imagePullPolicy", "")
    if policy not in PULL_POLICIES:
        raise UsageError(
            f"imagePullPolicy: expected one of {', '.join(PULL_POLICIES[1:])}.\n"
            f"Received {policy!r}."
        )


def _unsupported(setting: str) -> UsageError:
    return UsageError(
        f"pipelines/emulator/driver/pod_patch.py does not support {setting}.\n"
        "Remove it from the platform document, or add it there as KFP's driver does it."
    )


def _resources(container: Container) -> Manifest:
    """Requests and limits: cores, memory in gigabytes, devices by resource name."""
    asked, device = container.resources, container.resources.accelerator
    kind = device.resource_type or device.type
    count = device.resource_count or (str(device.count) if device.count > 0 else "")
    devices = {kind: canonical_quantity(count)} if kind and count else {}
    limits = {
        "cpu": _quantity(asked.resource_cpu_limit, asked.cpu_limit),
        "memory": _quantity(asked.resource_memory_limit, asked.memory_limit, "G"),
    }
    requests = {
        "cpu": _quantity(asked.resource_cpu_request, asked.cpu_request),
        "memory": _quantity(asked.resource_memory_request, asked.memory_request, "G"),
    }
    return _filled({"limits": _filled(limits | devices), "requests": _filled(requests)})


def _quantity(text: str, number: float, unit: str = "") -> str:
    """A resource that was asked for, as text or in the older field as a number."""
    given = text or (f"{number!r}{unit}" if number else "")
    return canonical_quantity(given) if given else ""


def _own_environment(container: Container) -> Iterable[Manifest]:
    for variable in container.env:
        yield _filled({"name": variable.name, "value": variable.value})


def _environment(
    placement: kubernetes.KubernetesExecutorConfig,
) -> Iterable[Manifest]:
    for secret in placement.secret_as_env:
        if not secret.secret_name:
            raise UsageError(
                "secretAsEnv: expected the name of a secret.\nReceived none.\n"
                "Name it, as secretName, in the platform document."
            )
        for pair in secret.key_to_env:
            reference = {"name": secret.secret_name, "key": pair.secret_key}
            if secret.HasField("optional"):
                reference["optional"] = secret.optional
            source = {"secretKeyRef": reference}
            yield {"name": pair.env_var, "valueFrom": source}
    for entry in placement.field_path_as_env:
        source = {"fieldRef": {"fieldPath": entry.field_path}}
        yield {"name": entry.name, "valueFrom": source}


def _volumes(
    placement: kubernetes.KubernetesExecutorConfig,
) -> Iterable[tuple[Manifest, str]]:
    """Volumes with the paths at which they are mounted."""
    for claim in placement.pvc_mount:
        name = claim.constant
        volume = {"name": name, "persistentVolumeClaim": {"claimName": name}}
        yield volume, claim.mount_path
    for mount in placement.empty_dir_mounts:
        limit = canonical_quantity(mount.size_limit) if mount.size_limit else ""
        empty = _filled({"medium": mount.medium, "sizeLimit": limit})
        yield {"name": mount.volume_name, "emptyDir": empty}, mount.mount_path


def _toleration(entry: kubernetes.Toleration) -> Manifest:
    toleration = _filled(
        {
            "key": entry.key,
            "operator": entry.operator,
            "value": entry.value,
            "effect": entry.effect,
        }
    )
    if entry.HasField("toleration_seconds"):
        toleration["tolerationSeconds"] = entry.toleration_seconds
    return toleration


def _security_context(placement: kubernetes.KubernetesExecutorConfig) -> Manifest:
    """The step's user and group; whoever sets one drops all capabilities as well."""
    if not placement.HasField("security_context"):
        return {}
    given = placement.security_context
    fields = {"runAsUser": "run_as_user", "runAsGroup": "run_as_group"}
    fields["runAsNonRoot"] = "run_as_non_root"
    context = {
        name: getattr(given, field)
        for name, field in fields.items()
        if given.HasField(field)
    }
    return {**context, "capabilities": {"drop": ["ALL"]}}


def _filled(fields: Manifest) -> Manifest:
    """The fields that are not empty: Kubernetes leaves out the others."""
    return {name: value for name, value in fields.items() if value}
