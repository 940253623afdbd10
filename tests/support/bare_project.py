# SPDX-License-Identifier: Apache-2.0
"""This project's settings without its data: enough to compile every recipe."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from components.core.project import project_root
from pipelines.config import load_config
from pipelines.context import recorded_context
from tests.support.published import publish_bytes

# Version of the models that other recipes need.
VERSION = "4"
# Pool -> recipe -> both documents of its specification.
CompileAll = Callable[[str], dict[str, tuple[dict[str, Any], dict[str, Any]]]]
FILES = ("params.yaml", "book/params.yaml", "dvc.lock", "infra/pools.yaml")


def make_bare_project(root: Path) -> None:
    """Copy the settings of this project, and publish the models that recipes need.

    Args:
        root: An empty folder.
    """
    leave_out = shutil.ignore_patterns("raw")
    shutil.copytree(project_root() / "data", root / "data", ignore=leave_out)
    for name in FILES:
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(project_root() / name, root / name)
    for name in {one.needed_recipe for one in load_config(root).recipes.values()}:
        if name:
            publish_bytes(root / "models" / name / VERSION, b"a model")


def compile_all(
    root: Path, folder: Path, pool: str
) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Compile every recipe.

    Args:
        root: The project.
        folder: Folder for the files.
        pool: Pool of the steps that use an accelerator.

    Returns:
        Recipe -> both documents.
    """
    # TFX, which most tests do without.
    from pipelines.kubeflow.compiler import ClusterTarget, compile_recipe

    config = load_config(root)
    documents = {}
    for name in config.recipes:
        path = folder / f"{name}-{pool}.yaml"
        if not path.exists():
            context = recorded_context(config, name)
            compile_recipe(context, path, ClusterTarget(pool=pool))
        text = path.read_text(encoding="utf-8")
        specification, platform = yaml.load_all(text, yaml.CSafeLoader)
        documents[name] = specification, platform
    return documents
