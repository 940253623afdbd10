# SPDX-License-Identifier: Apache-2.0
"""The environment variables of a step: listed ones of this shell, and its own."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes

from components.model_store.object_store import FOLDER_VARIABLE
from pipelines.emulator.launcher.machine import Machine
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.kubeflow.spec import Container
from tfx_kfp.uris import ROOT_VARIABLE

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


def step_environment(
    container: Container,
    placement: kubernetes.KubernetesExecutorConfig,
    machine: Machine,
    scratch: Path,
) -> dict[str, str]:
    """All environment variables of a step.

    Args:
        container: The step's container.
        placement: Its Kubernetes settings.
        machine: The emulated machine.
        scratch: Folder in the place of the container's root.
    """
    passed = (*PASSED_VARIABLES, *secret_variables(placement))
    own = {name: os.environ[name] for name in passed if name in os.environ}
    search_path = os.environ.get("PATH", os.defpath)
    own |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{search_path}",
        # Our code, as the image has it installed; the user's is found in the root.
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONSAFEPATH": "1",
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


def secret_variables(placement: kubernetes.KubernetesExecutorConfig) -> list[str]:
    """The variables that a step gets of a secret: on this machine those of the shell.

    Args:
        placement: The step's Kubernetes settings.
    """
    named = {key.env_var for s in placement.secret_as_env for key in s.key_to_env}
    return [name for name in SECRET_KEYS if name in named]


def _pod_fields(placement: kubernetes.KubernetesExecutorConfig) -> Mapping[str, str]:
    """Variables that Kubernetes fills from the Pod's annotations."""
    annotations = placement.pod_metadata.annotations
    fields = {f"metadata.annotations['{k}']": v for k, v in annotations.items()}
    return {f.name: fields.get(f.field_path, "") for f in placement.field_path_as_env}
