# SPDX-License-Identifier: Apache-2.0
"""KFP's launcher around the command of a step, in the Pod that the driver patched."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from components.core.errors import ProdlError, UsageError
from tests.support.kfp.cluster import SCRATCH, Cluster, public_folder
from tests.support.kfp.failures import reason_of

ANNOTATION: Final = re.compile(r"metadata\.annotations\['(.+)'\]")
REFERENCE: Final = re.compile(r"\$\((\w+)\)")
INPUT: Final = "--executor_input"
END: Final = "--"


@dataclass(frozen=True)
class Launch:
    """A launched step."""

    executor_input: dict[str, Any]
    """What the step got."""

    executor_output: dict[str, Any] | None
    """What it answered; None if it answered nothing."""

    error: ProdlError | None
    """Why it failed; None if it did not."""


def launch_step(
    cluster: Cluster,
    task: str,
    patch: Mapping[str, Any],
    annotations: Mapping[str, str],
    change: Callable[[list[str], dict[str, Any]], list[str]] | None = None,
) -> Launch:
    """Run the launcher of a step.

    Args:
        cluster: The cluster.
        task: Name of the step.
        patch: The patch of its Pod, from the driver.
        annotations: Annotations of its Pod.
        change: Makes another command of the step's own and its ExecutorInput. Defaults
            to none: the step runs.
    """
    (container,) = patch["containers"]
    environment = _environment(cluster, container, annotations)
    scratch = _scratch(cluster, task)
    launcher = [_expand(part, environment, task) for part in container["command"]]
    invocation = json.loads(launcher[launcher.index(INPUT) + 1])
    command = list(container.get("args", []))
    if change:
        command = change(command, invocation)
    code, log = cluster.run(
        task,
        [*launcher, *command],
        environment,
        {**scratch, **dict(_volumes(cluster, task, patch))},
        _user(container),
    )
    written = _inside(scratch, invocation["outputs"]["outputFile"])
    output = json.loads(written.read_text()) if written.is_file() else None
    error = ProdlError(reason_of(task, "launcher", code, log)) if code else None
    return Launch(invocation, output, error)


def _scratch(cluster: Cluster, task: str) -> dict[str, Path]:
    """Empty folders for the launcher."""
    folder = cluster.pod_folder(task) / uuid4().hex
    found = {path: folder / path.strip("/") for path in SCRATCH}
    for path in found.values():
        public_folder(path)
    return found


def _user(container: Mapping[str, Any]) -> str:
    """User and group of a container; root where the patch names none."""
    context = container.get("securityContext", {})
    return f"{context.get('runAsUser', 0)}:{context.get('runAsGroup', 0)}"


def _inside(mounts: Mapping[str, Path], path: str) -> Path:
    """The file of this machine at a path of a Pod."""
    top = "/" + path.split("/")[1]
    return mounts[top] / path.removeprefix(f"{top}/")


def _environment(
    cluster: Cluster, container: Mapping[str, Any], annotations: Mapping[str, str]
) -> dict[str, str]:
    """Variables of a container: values, fields of its Pod, keys of secrets."""
    found = {}
    for variable in container.get("env", []):
        source = variable.get("valueFrom", {})
        if field := source.get("fieldRef"):
            found[variable["name"]] = _field(field["fieldPath"], annotations)
        elif secret := source.get("secretKeyRef"):
            found[variable["name"]] = _secret(cluster, secret)
        else:
            found[variable["name"]] = variable.get("value", "")
    return found


def _field(path: str, annotations: Mapping[str, str]) -> str:
    named = ANNOTATION.fullmatch(path)
    if not named:
        raise UsageError(f"field {path!r} of a Pod is not served by this harness.")
    return annotations.get(named[1], "")


def _secret(cluster: Cluster, reference: Mapping[str, str]) -> str:
    keys = cluster.secrets.get(reference["name"], {})
    if reference["key"] not in keys:
        raise UsageError(
            f"secret {reference['name']} has no key {reference['key']}; in a cluster "
            "the Pod would wait with CreateContainerConfigError."
        )
    return keys[reference["key"]]


def _expand(part: str, environment: Mapping[str, str], task: str) -> str:
    """Put values in the place of `$(VARIABLE)`, as Kubernetes does."""
    known = {"KFP_POD_NAME": task, "KFP_POD_UID": f"uid-of-{task}", **environment}
    return REFERENCE.sub(lambda found: known.get(found[1], found[0]), part)


def _volumes(
    cluster: Cluster, task: str, patch: Mapping[str, Any]
) -> Iterator[tuple[str, Path]]:
    """Path in the Pod -> folder, for the volumes that the patch mounts."""
    volumes = {volume["name"]: volume for volume in patch.get("volumes", [])}
    for mount in patch["containers"][0].get("volumeMounts", []):
        volume = volumes[mount["name"]]
        if claim := volume.get("persistentVolumeClaim"):
            yield mount["mountPath"], cluster.volume(claim["claimName"])
        elif "emptyDir" in volume:
            folder = cluster.pod_folder(task) / "volumes" / mount["name"]
            yield mount["mountPath"], public_folder(folder)
        else:
            raise UsageError(f"volume {volume} is not served by this harness.")
