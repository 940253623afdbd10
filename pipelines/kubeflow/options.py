# SPDX-License-Identifier: Apache-2.0
"""Options of the verbs that compile a recipe for a cluster."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

import click

from components.core.errors import UsageError
from components.core.redaction import has_password, without_password, without_secrets

Command = TypeVar("Command", bound=Callable[..., Any])

_CLUSTER_OPTIONS: Final = {
    "--pool": "Pool of the trainer: infra/pools.yaml.",
    "--image": "Container image that holds this project.",
    "--root": "Address for artifacts: gs://, s3:// or minio://.",
    "--published": "Address of published models.",
    "--store-endpoint": "Server of published models: http://HOST:PORT or https://HOST.",
    "--kfp-version": "Version of Kubeflow Pipelines, 2.16 if not given.",
    "--data-repo": "Git repository that DVC pulls from.",
    "--data-rev": "Revision of that repository.",
    "--data-remote": "DVC remote, by name or address.",
}

parameter_option = click.option(
    "--parameter", "parameters", multiple=True, help="NAME=VALUE of the pipeline."
)


@dataclass(frozen=True)
class CompileOptions:
    """The options of a compilation; an empty field takes the default."""

    pool: str = ""
    """Pool for the steps that use an accelerator."""

    image: str = ""
    """Container image."""

    root: str = ""
    """Address for artifacts."""

    published: str = ""
    """Address of published models."""

    store_endpoint: str = ""
    """Server of published models."""

    kfp_version: str = ""
    """Version of Kubeflow Pipelines."""

    data_repo: str = ""
    """Git repository that DVC pulls from."""

    data_rev: str = ""
    """Revision of it."""

    data_remote: str = ""
    """DVC remote, by name or address."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            _refuse_password(f"--{name.replace('_', '-')}", value)


def cluster_options(command: Command) -> Command:
    """Give a verb the options of CompileOptions, as keyword arguments of its fields."""
    for name, text in _CLUSTER_OPTIONS.items():
        command = click.option(name, default="", help=text)(command)
    return command


def read_assignments(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `NAME=VALUE` texts.

    Raises:
        UsageError: If one has no `=`, or a value has a password.
    """
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            received = without_secrets(text)
            raise UsageError(f"expected NAME=VALUE.\nReceived {received!r}.")
        _refuse_password(f"--parameter {name}", value)
    return dict(text.split("=", 1) for text in texts)


def _refuse_password(option: str, value: str) -> None:
    """Refuse an address with a password: specification, metadata and logs show it."""
    if has_password(value):
        raise UsageError(
            f"{option}: expected an address without user name and password, because "
            "it is written into the specification and into the metadata of each run."
            f"\nReceived one for {without_password(value)}.\nGive the credentials to "
            "the steps as variables of the cluster's secret (infra/pools.yaml), or to "
            "git by its credential helper."
        )
