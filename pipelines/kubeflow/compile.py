# SPDX-License-Identifier: Apache-2.0
"""Compile a recipe of this project with the options of the command line."""

from configparser import ConfigParser
from pathlib import Path
from typing import Final

from components.core.project import project_root, state_dir
from pipelines.console import say
from pipelines.context import recorded_context
from pipelines.graph.execution_target import DataOrigin
from pipelines.kubeflow.cluster_target import ClusterTarget, check_target
from pipelines.kubeflow.compiled_files import record_compiled
from pipelines.kubeflow.options import CompileOptions
from pipelines.kubeflow.pools import load_pools
from pipelines.settings_check import check_recipe

DEFAULTS: Final = CompileOptions()


def write_specification(
    name: str, path: Path, options: CompileOptions = DEFAULTS
) -> None:
    """Compile a recipe for a cluster.

    Args:
        name: Name of the recipe.
        path: The file, `.yaml`.
        options: Options of the compilation. Defaults to a plain installation.

    Raises:
        UsageError: If the cluster cannot run it, with the reason.
    """
    root = project_root()
    remote = options.data_remote
    if not options.data_repo:
        remote = remote or _default_remote(root)
    provided = {
        "image": options.image,
        "pool": options.pool,
        "published": options.published,
        "pipeline_root": options.root,
        "store_endpoint": options.store_endpoint,
        "kfp_version": options.kfp_version,
    }
    target = ClusterTarget(
        **{key: value for key, value in provided.items() if value},
        origin=DataOrigin(options.data_repo, options.data_rev, remote),
    )
    config = check_recipe(
        root, name, lambda: check_target(path, target, load_pools(root))
    )
    # It imports TFX, for seconds, and what is wrong with the settings needs none of it.
    from pipelines.kubeflow.compiler import compile_recipe

    context = recorded_context(config, name)
    compile_recipe(context, path, target)
    record_compiled(state_dir(), path, name)
    say(f"{path}: {name}, data {context.data.dvc_md5}, pool {target.pool}")
    if not (options.data_repo or remote):
        say("No DVC remote is named: the image must hold the data (--data-remote).")


def _default_remote(root: Path) -> str:
    """Name of the project's default DVC remote; empty if it has none."""
    settings = ConfigParser()
    settings.read([root / ".dvc" / "config", root / ".dvc" / "config.local"])
    return settings.get("core", "remote", fallback="")
