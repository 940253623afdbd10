# SPDX-License-Identifier: Apache-2.0
"""The versions of Kubeflow Pipelines that recipes are compiled for."""

from typing import Final

from components.core.errors import UsageError
from components.model_store.object_store import MINIO_ENDPOINT

# Version -> server of the store, minio://, in a plain installation. 2.15 has SeaweedFS
# behind the service of the old name.
STORES: Final = {
    **dict.fromkeys(
        ("2.4", "2.5", "2.14", "2.15"), "http://minio-service.kubeflow:9000"
    ),
    **dict.fromkeys(("2.16", "2.17"), MINIO_ENDPOINT),
}
DEFAULT_VERSION: Final = "2.16"
# Their drivers refuse a platform document with a field that they do not know.
WITHOUT_SECURITY_CONTEXTS: Final = ("2.4", "2.5", "2.14", "2.15")


def default_store(version: str) -> str:
    """The server of the store in a plain installation.

    Args:
        version: Number of the version, with or without that of the patch.

    Raises:
        UsageError: If the version is not known.
    """
    name = _without_patch(version)
    if name not in STORES:
        raise UsageError(
            f"--kfp-version: unknown version of Kubeflow Pipelines.\nExpected one of "
            f"{', '.join(STORES)}.\nReceived {version!r}.\nFor another one name the "
            "nearest, and its store with --store-endpoint."
        )
    return STORES[name]


def knows_security_contexts(version: str) -> bool:
    """Whether its driver knows the users and groups of the platform document."""
    return _without_patch(version) not in WITHOUT_SECURITY_CONTEXTS


def _without_patch(version: str) -> str:
    return ".".join(version.removeprefix("v").split(".")[:2])
