# SPDX-License-Identifier: Apache-2.0
"""Kubeconfigs, read as kubectl reads them, and never written."""

import os
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import kube_config
from kubernetes.config.config_exception import ConfigException

from components.core.errors import UsageError
from components.core.records import unknown_name
from components.core.redaction import without_secrets
from components.core.shortening import shorten
from components.core.yaml_files import load_yaml_documents
from pipelines.doctor.cluster.http.web import is_loopback

VARIABLE: Final = "KUBECONFIG"
DEFAULT_FILE: Final = "~/.kube/config"
# What a kubeconfig of a wrong form raises.
_MALFORMED: Final = (
    *(ConfigException, yaml.YAMLError, OSError),
    *(ValueError, TypeError, KeyError, AttributeError),
)


def open_client(kubeconfig: str = "", context: str = "") -> tuple[ApiClient, str]:
    """Read a kubeconfig, and make a client of it that asks each question once.

    Args:
        kubeconfig: The file, or several as in KUBECONFIG. Defaults to KUBECONFIG, else
            `~/.kube/config`.
        context: Its context. Defaults to the file's current one.

    Returns:
        The client, and the name of the context.

    Raises:
        UsageError: There is no file, it is malformed, or it has no such context.
    """
    files = kubeconfig or os.environ.get(VARIABLE) or DEFAULT_FILE
    _check_files(files)
    configuration = Configuration()
    configuration.retries = False
    try:
        name = _context(files, context)
        kube_config.load_kube_config(files, name, configuration, persist_config=False)
        cluster = _cluster(files, name)
        configuration.proxy = cluster.get("proxy-url") or _proxy(configuration.host)
        client = ApiClient(configuration)
        # The locked client does not read it.
        if tls_name := cluster.get("tls-server-name"):
            pools = client.rest_client.pool_manager.connection_pool_kw
            pools["server_hostname"] = str(tls_name)
        return client, name
    except _MALFORMED as error:
        reason = shorten(without_secrets(" ".join(str(error).split())), 300)
        raise UsageError(
            f"{files} is no usable kubeconfig: {reason.rstrip('.')}.\n"
            "Let the cluster's command line write it again, or give another one with "
            f"--kubeconfig or {VARIABLE}."
        ) from None


def _check_files(files: str) -> None:
    """Refuse a list of kubeconfigs of which none is there, or one that is no YAML.

    kubectl skips missing ones. The client would build whatever a file describes.
    """
    paths = [Path(part).expanduser() for part in files.split(os.pathsep) if part]
    for path in (path for path in paths if path.exists()):
        load_yaml_documents(path)
    if not any(path.is_file() for path in paths):
        raise UsageError(
            f"{files}: there is no kubeconfig.\nGive one with --kubeconfig or "
            f"{VARIABLE}; the command line of a cluster writes it, for example "
            "gcloud container clusters get-credentials."
        )


def _context(files: str, context: str) -> str:
    contexts, current = kube_config.list_kube_config_contexts(files)
    names = [str(entry["name"]) for entry in contexts]
    name = context or str(current["name"])
    if name not in names:
        raise UsageError(unknown_name(name, names, f"{files}: unknown context"))
    return name


def _cluster(files: str, context: str) -> dict[str, Any]:
    """The entry of a context's cluster."""
    merged = kube_config.KubeConfigMerger(files).config
    name = merged["contexts"].get_with_name(context)["context"]["cluster"]
    return dict(merged["clusters"].get_with_name(name)["cluster"].value)


def _proxy(host: str) -> str | None:
    """The proxy of the environment for an address, which kubectl takes as well."""
    address = urlsplit(host)
    is_direct = urllib.request.proxy_bypass(address.hostname or "")
    if is_direct or is_loopback(host):
        return None
    return urllib.request.getproxies().get(address.scheme)
