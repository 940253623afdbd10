# SPDX-License-Identifier: Apache-2.0
"""Artifact types of the user's own, handed from the compiler to the entrypoint.

TFX finds the class of a type by its title, and knows the titles of its own types alone.
The compiler writes the import path of every other class that a step takes or makes into
the arguments of the step.
"""

from collections.abc import Iterable
from typing import Final

from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.kubeflow.v2 import compiler_utils
from tfx.types.artifact import Artifact
from tfx.utils.import_utils import import_class_by_path

from tfx_kfp.errors import UnsupportedError

# Argument of the entrypoint: import paths, separated by commas.
ARGUMENT: Final = "--artifact_types"


def own_types(node: BaseNode) -> list[str]:
    """Import paths of the artifact types of a node that are not TFX's own.

    Raises:
        UnsupportedError: If a class cannot be imported in a container.
    """
    channels = (*node.inputs.values(), *node.outputs.values())
    known = set(compiler_utils.TITLE_TO_CLASS_PATH.values())
    own = [cls for cls in {c.type for c in channels} if _path(cls) not in known]
    for cls in own:
        if cls.__module__ == "__main__" or "." in cls.__qualname__:
            raise UnsupportedError(
                f"{node.id}: no container can import the artifact type {_path(cls)}.\n"
                "Define the class at the top of a module of the image."
            )
    return sorted(map(_path, own))


def register(paths: Iterable[str]) -> None:
    """Let TFX find artifact types by their titles.

    Args:
        paths: Import paths of their classes.
    """
    for path in paths:
        title = import_class_by_path(path).TYPE_NAME
        compiler_utils.TITLE_TO_CLASS_PATH[title] = path


def _path(cls: type[Artifact]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
