# SPDX-License-Identifier: Apache-2.0
"""The Pods that KFP's compiler and Argo prepare, before a step's own settings.

Restates what KFP 2.16 and 2.17 do as their own manifests configure them: the templates
of the compiler with their security contexts and resources, and the two containers that
Argo adds to every Pod.
"""

from typing import Any, Final

Manifest = dict[str, Any]

LAUNCHER: Final = "/kfp-launcher/launch"
VERSION: Final = "2.17.0"
ARGO_IMAGE: Final = "quay.io/argoproj/argoexec:v4.0.5"
# Folders that the launcher fills and empties, and three below the home folder.
SCRATCH: Final = ("gcs", "s3", "minio", ".local", ".cache", ".config")
ARGO_FOLDERS: Final = {"var-run-argo": "/var/run/argo", "tmp-dir-argo": "/tmp"}
SECCOMP: Final = {"seccompProfile": {"type": "RuntimeDefault"}}
# Of every container. One whose image the user chooses may run as root.
HARDENED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    **SECCOMP,
}
METADATA: Final = {"name": "metadata-grpc-configmap", "optional": True}
# Of the containers with images of KFP.
OWN: Final = {**HARDENED, "runAsNonRoot": True}
# In the settings of KFP's workflow controller, for Argo's containers.
ARGO: Final = {**OWN, "runAsUser": 65532}


def step_pod(name: str, account: str) -> Manifest:
    """The Pod of a step, of whose own container the rest comes in a patch.

    Args:
        name: Name of the Pod.
        account: Service account of the run.
    """
    volumes = {"kfp-launcher": "/kfp-launcher"}
    volumes |= {f"{name.replace('.', 'dot-')}-scratch": f"/{name}" for name in SCRATCH}
    mounts = [_mount(volume, path) for volume, path in volumes.items()]
    main = {
        "name": "main",
        "command": [LAUNCHER, "--"],
        "env": [_field("KFP_POD_NAME", "name"), _field("KFP_POD_UID", "uid")],
        "envFrom": [{"configMapRef": METADATA}],
        "securityContext": dict(HARDENED),
        "volumeMounts": mounts,
    }
    launcher = {
        "name": "kfp-launcher",
        "image": f"ghcr.io/kubeflow/kfp-launcher:{VERSION}",
        "command": ["launcher-v2"],
        "args": ["--copy", LAUNCHER],
        "resources": {
            "requests": {"cpu": "100m"},
            "limits": {"cpu": "500m", "memory": "256Mi"},
        },
        "securityContext": dict(OWN),
        "volumeMounts": mounts[:1],
    }
    return _argo_pod(name, account, main, [launcher], [*volumes], dict(SECCOMP))


def driver_pod(name: str, account: str) -> Manifest:
    """The Pod of a driver, which prepares a step or the whole graph.

    Args:
        name: Name of the Pod.
        account: Service account of the run.
    """
    main = {
        "name": "main",
        "image": f"ghcr.io/kubeflow/kfp-driver:{VERSION}",
        "command": ["driver"],
        "resources": {
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"cpu": "500m", "memory": "512Mi"},
        },
        "securityContext": dict(OWN),
        "volumeMounts": [],
    }
    return _argo_pod(name, account, main, [], [], {**SECCOMP, "runAsNonRoot": True})


def _argo_pod(
    name: str,
    account: str,
    main: Manifest,
    init: list[Manifest],
    volumes: list[str],
    security: Manifest,
) -> Manifest:
    main["volumeMounts"] = [
        *main["volumeMounts"],
        _mount("var-run-argo", ARGO_FOLDERS["var-run-argo"]),
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"workflows.argoproj.io/workflow": "run"}},
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": account,
            "securityContext": security,
            "nodeSelector": {},
            "tolerations": [],
            "initContainers": [_argo_container("init"), *init],
            "containers": [main, _argo_container("wait")],
            "volumes": [
                {"name": volume, "emptyDir": {}} for volume in (*volumes, *ARGO_FOLDERS)
            ],
        },
    }


def _argo_container(name: str) -> Manifest:
    # Without resources: the limit range gives it some.
    return {
        "name": name,
        "image": ARGO_IMAGE,
        "command": ["argoexec", name],
        "resources": {},
        "securityContext": dict(ARGO),
        "volumeMounts": [_mount(*folder) for folder in ARGO_FOLDERS.items()],
    }


def _mount(volume: str, path: str) -> Manifest:
    return {"name": volume, "mountPath": path}


def _field(variable: str, field: str) -> Manifest:
    source = {"fieldRef": {"fieldPath": f"metadata.{field}"}}
    return {"name": variable, "valueFrom": source}
