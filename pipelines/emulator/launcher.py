# SPDX-License-Identifier: Apache-2.0
"""KFP's launcher around a step: it brings inputs, runs the command, uploads outputs.

Restated from the backend of Kubeflow Pipelines 2.17. The container is a process with an
empty scratch folder for its root; the object store is a folder.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import UsageError
from components.model_store.object_store import FOLDER_VARIABLE
from pipelines.emulator.names import path_below
from pipelines.kubeflow.spec import Container
from tfx_kfp.uris import FOLDERS, ROOT_VARIABLE

# In a container's arguments: the whole ExecutorInput as JSON.
PLACEHOLDER: Final = "{{$}}"
# What a step gets of this shell: where programs, certificates and devices are. No other
# variable, since tokens are variables too.
PASSED_VARIABLES: Final = (
    *("HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"),
    *("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "XLA_FLAGS", "OMP_NUM_THREADS"),
    *("TF_ENABLE_ONEDNN_OPTS", "TF_CPP_MIN_LOG_LEVEL"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"),
)
# In the place of a cluster's secret, for the steps that the specification gives it.
SECRET_KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True)
class Machine:
    """The folders of an emulated cluster."""

    store: Path
    """In the place of the object store: `<scheme>/<bucket>/<key>`."""

    claims: Path
    """In the place of the volume claims, by name."""

    image: Path
    """In the place of the image: the project as a container has it."""

    def local(self, uri: str) -> Path:
        """The folder in the place of an address in the object store."""
        scheme, _, path = uri.partition("://")
        return path_below(self.store, scheme, path)


@dataclass(frozen=True)
class Process:
    """The exit code and the resources of a finished process."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float


def launch(
    container: Container,
    placement: kubernetes.KubernetesExecutorConfig,
    invocation: kfp.ExecutorInput,
    machine: Machine,
    scratch: Path,
    log: Path,
) -> Process:
    """Run the command of a step on its inputs; upload its outputs if it succeeded.

    Args:
        container: The step's container.
        placement: Its Kubernetes settings.
        invocation: Resolved by the driver; the outputs get the metadata that the step
            writes.
        machine: The emulated cluster.
        scratch: Empty folder in the place of the container's root.
        log: File for the output of the process.
    """
    for listed in invocation.inputs.artifacts.values():
        for artifact in listed.artifacts:
            _copy(machine.local(artifact.uri), scratch_path(scratch, artifact.uri))
    for listed in invocation.outputs.artifacts.values():
        for artifact in listed.artifacts:
            scratch_path(scratch, artifact.uri).parent.mkdir(
                parents=True, exist_ok=True
            )
    whole = json_format.MessageToJson(invocation)
    command = [
        part.replace(PLACEHOLDER, whole)
        for part in (*container.command, *container.args)
    ]
    environment = _environment(container, placement, machine, scratch)
    process = _run(command, environment, machine.image, log)
    if process.exit_code == 0:
        _upload_outputs(invocation.outputs, machine, scratch)
    return process


def scratch_path(scratch: Path, uri: str) -> Path:
    """The launcher's folder for an address, below the container's root."""
    scheme, _, path = uri.partition("://")
    if scheme not in FOLDERS:
        raise UsageError(
            f"expected an address that begins with {', '.join(FOLDERS)}://.\n"
            f"Received {uri!r}."
        )
    return path_below(scratch, FOLDERS[scheme], path)


def secret_variables(placement: kubernetes.KubernetesExecutorConfig) -> list[str]:
    """The variables that a step gets of a secret: on this machine those of the shell.

    Args:
        placement: The step's Kubernetes settings.
    """
    named = {key.env_var for s in placement.secret_as_env for key in s.key_to_env}
    return [name for name in SECRET_KEYS if name in named]


def output_parameters(outputs: kfp.ExecutorInput.Outputs) -> dict[str, str]:
    """The output parameters in the ExecutorOutput of a step."""
    values = _executor_output(outputs).parameter_values
    return {name: value.string_value for name, value in values.items()}


def _environment(
    container: Container,
    placement: kubernetes.KubernetesExecutorConfig,
    machine: Machine,
    scratch: Path,
) -> dict[str, str]:
    passed = (*PASSED_VARIABLES, *secret_variables(placement))
    own = {name: os.environ[name] for name in passed if name in os.environ}
    (scratch / "tmp").mkdir(parents=True, exist_ok=True)
    own |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(machine.image),
        "TMPDIR": str(scratch / "tmp"),
        "PRODL_ROOT": str(machine.image),
        "PRODL_HOME": str(scratch / "home"),
        ROOT_VARIABLE: str(scratch),
        FOLDER_VARIABLE: str(machine.store),
    }
    mounts = {
        mount.mount_path: machine.claims / mount.constant
        for mount in placement.pvc_mount
    }
    for variable in container.env:
        # A mount path is not writable for ordinary users: use the folder of the claim.
        own[variable.name] = str(mounts.get(variable.value, variable.value))
    return {**own, **_pod_fields(placement)}


def _pod_fields(placement: kubernetes.KubernetesExecutorConfig) -> Mapping[str, str]:
    """Variables that Kubernetes fills from the Pod's annotations."""
    annotations = placement.pod_metadata.annotations
    fields = {f"metadata.annotations['{k}']": v for k, v in annotations.items()}
    return {f.name: fields.get(f.field_path, "") for f in placement.field_path_as_env}


def _run(
    command: list[str], environment: dict[str, str], folder: Path, log: Path
) -> Process:
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return Process(
        exit_code=process.returncode,
        seconds=time.monotonic() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_memory_mb=usage.ru_maxrss / 1024,
    )


def _upload_outputs(
    outputs: kfp.ExecutorInput.Outputs, machine: Machine, scratch: Path
) -> None:
    """Merge the metadata that the step wrote, and upload the files of its artifacts."""
    written = _executor_output(outputs)
    for name, listed in outputs.artifacts.items():
        for artifact in listed.artifacts:
            for update in written.artifacts[name].artifacts[:1]:
                artifact.uri = update.uri or artifact.uri
                artifact.metadata.MergeFrom(update.metadata)
            _copy(scratch_path(scratch, artifact.uri), machine.local(artifact.uri))


def _executor_output(outputs: kfp.ExecutorInput.Outputs) -> kfp.ExecutorOutput:
    written = kfp.ExecutorOutput()
    file = Path(outputs.output_file)
    if file.exists():
        json_format.Parse(file.read_text(encoding="utf-8"), written)
    return written


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or the files of a folder: a store knows no empty folders."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
