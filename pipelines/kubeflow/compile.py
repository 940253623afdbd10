# SPDX-License-Identifier: Apache-2.0
"""The verb `compile`: gather what a specification is made of, and write it."""

from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

from components.core.project import project_root
from components.ingest.source_list import read_source_list
from pipelines.config import load_config
from pipelines.console import say
from pipelines.data_version import recorded_data_version


@dataclass(frozen=True)
class Wishes:
    """What a user may say about the cluster; empty fields take the default.

    Attributes:
        pool: Pool for the steps that use an accelerator.
        image: Container image.
        root: Address for artifacts.
        published: Address of published models.
        data_repo: Git repository that DVC pulls from.
        data_rev: Revision of it.
        data_remote: DVC remote, by name or address.
    """

    pool: str = ""
    image: str = ""
    root: str = ""
    published: str = ""
    data_repo: str = ""
    data_rev: str = ""
    data_remote: str = ""


def write_specification(name: str, path: Path, wishes: Wishes = Wishes()) -> None:
    """Compile a recipe for a cluster.

    Args:
        name: Name of the recipe.
        path: The file, `.yaml`.
        wishes: What is asked for. Defaults to a plain installation.

    Raises:
        UsageError: If the cluster cannot run it, with the reason.
    """
    from pipelines.graph import DataOrigin
    from pipelines.kubeflow.compiler import Target, compile_recipe

    config = load_config(project_root())
    dataset = config.recipe(name).dataset
    source_list = read_source_list(config.root, dataset)
    data = recorded_data_version(
        config.root, source_list, config.dataset(dataset).variant
    )
    remote = wishes.data_remote or ("" if wishes.data_repo else _remote(config.root))
    given = {"image": wishes.image, "pool": wishes.pool, "published": wishes.published}
    if wishes.root:
        given["pipeline_root"] = wishes.root
    target = Target(
        **{key: value for key, value in given.items() if value},
        origin=DataOrigin(wishes.data_repo, wishes.data_rev, remote),
    )
    compile_recipe(name, config, data, path, target)
    say(f"{path}: {name}, data {data.dvc_md5}, pool {target.pool}")
    if not (wishes.data_repo or remote):
        say("No DVC remote is named: the image must hold the data (--data-remote).")


def _remote(root: Path) -> str:
    """Name of the project's default DVC remote; empty where it has none."""
    settings = ConfigParser()
    settings.read([root / ".dvc" / "config", root / ".dvc" / "config.local"])
    return settings.get("core", "remote", fallback="")
