# SPDX-License-Identifier: Apache-2.0
"""The object store of a run, as KFP's launcher finds it in its config map."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from components.core.errors import UsageError
from components.core.redaction import without_password
from components.core.yaml_files import parse_yaml
from pipelines.doctor.cluster.http.answer import Answer
from pipelines.doctor.cluster.subject import Subject

CONFIG_MAP: Final = "kfp-launcher"
DEFAULT_ROOT: Final = "minio://mlpipeline/v2/artifacts"
# Secret of the store of KFP's own manifests.
OWN_SECRET: Final = "mlpipeline-minio-artifact"
AMAZON: Final = "s3.amazonaws.com"
GOOGLE: Final = "storage.googleapis.com"


@dataclass(frozen=True)
class Store:
    """An object store, and the secret with its keys."""

    scheme: str
    """`gs`, `s3` or `minio`."""

    bucket: str
    """Name of the bucket."""

    endpoint: str
    """Host and port."""

    is_secure: bool = True
    """Whether it speaks TLS."""

    region: str = ""
    """Region; empty for the default."""

    secret: str = ""
    """Secret with the keys; empty if the Pod's identity is used."""

    access_key: str = ""
    """Key of the secret with the access key's identifier."""

    secret_key: str = ""
    """Key of the secret with the access key itself."""

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"{'https' if self.is_secure else 'http'}://{self.endpoint}"


def read_settings(subject: Subject) -> Answer:
    """Ask for the launcher's config map."""
    return subject.connection.get(subject.path(f"configmaps/{CONFIG_MAP}"))


def find_store(root: str, settings: Mapping[str, str], own_endpoint: str) -> Store:
    """The store of a run.

    Args:
        root: Address for artifacts; empty for the default of the settings.
        settings: Data of the config map; empty if there is none.
        own_endpoint: Host and port of KFP's own store.

    Raises:
        UsageError: The settings are of a form that the launcher refuses; the message
            says what is wrong.
    """
    address = root or settings.get("defaultPipelineRoot") or DEFAULT_ROOT
    scheme, bucket = _read_address(address)
    if scheme not in ("gs", "s3", "minio") or not bucket:
        raise UsageError(f"{without_password(address)} is no address of a store")
    if scheme == "gs":
        return Store(scheme, bucket, GOOGLE)
    provider = _provider(scheme, settings.get("providers", ""))
    if provider is None and scheme == "minio":
        names = (OWN_SECRET, "accesskey", "secretkey")
        return Store(scheme, bucket, own_endpoint, False, "", *names)
    if provider is None:
        return Store(scheme, bucket, AMAZON)
    return _store_of_provider(scheme, bucket, provider)


def _read_address(address: str) -> tuple[str, str]:
    """Scheme and bucket of an address; empty if it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _provider(scheme: str, text: str) -> dict[str, Any] | None:
    documents = parse_yaml(text, f"providers of {CONFIG_MAP}")
    read = documents[0] if documents else None
    entry = read.get(scheme) if isinstance(read, dict) else None
    if not entry:
        return None
    default = entry.get("default") if isinstance(entry, dict) else None
    if not isinstance(default, dict) or not isinstance(
        default.get("credentials"), dict
    ):
        raise UsageError(
            f"providers.{scheme}.default of {CONFIG_MAP} has no credentials"
        )
    return default


def _store_of_provider(scheme: str, bucket: str, provider: dict[str, Any]) -> Store:
    credentials = provider["credentials"]
    reference = credentials.get("secretRef") or {}
    if not credentials.get("fromEnv") and not isinstance(reference, dict):
        raise UsageError(f"providers.{scheme} of {CONFIG_MAP}: secretRef is no mapping")
    keys = {} if credentials.get("fromEnv") else reference
    return Store(
        scheme,
        bucket,
        str(provider.get("endpoint") or AMAZON).rpartition("://")[2].rstrip("/"),
        is_secure=not provider.get("disableSSL"),
        region=str(provider.get("region") or ""),
        secret=str(keys.get("secretName", "")),
        access_key=str(keys.get("accessKeyKey", "")),
        secret_key=str(keys.get("secretKeyKey", "")),
    )
