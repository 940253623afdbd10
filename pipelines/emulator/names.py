# SPDX-License-Identifier: Apache-2.0
"""Names and addresses of a specification that become paths: none leaves its folder."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from components.core.errors import UsageError
from pipelines.kubeflow.spec import Specification
from tfx_kfp.uris import FOLDERS

# Names of recipes, and of Kubernetes' objects.
LOWER_CASE: Final = r"[a-z0-9-]+"
# Names of TFX's nodes and of their outputs, for example `transform_graph`.
IDENTIFIER: Final = r"[A-Za-z0-9_-]+"


def check_names(specification: Specification) -> None:
    """Refuse a specification with a name that is more than the name of a file.

    Raises:
        UsageError: With the name and what was expected.
    """
    for kind, name, pattern in _names(specification):
        if not re.fullmatch(pattern, name):
            raise UsageError(
                f"{kind}: expected a name of the form {pattern}, because a folder or "
                f"file is called by it.\nReceived {name!r}.\n"
                "Make a specification with: prodl compile RECIPE -o FILE.yaml"
            )


def container_path(uri: str) -> str:
    """The path at which a container finds an address, in a folder of KFP's launcher.

    Raises:
        UsageError: If the launcher has no folder for the scheme.
    """
    scheme, _, path = uri.partition("://")
    if scheme not in FOLDERS:
        raise UsageError(
            f"expected an address that begins with {', '.join(FOLDERS)}://.\n"
            f"Received {uri!r}."
        )
    return f"/{FOLDERS[scheme]}/{path}"


def path_below(folder: Path, *parts: str) -> Path:
    """Join a folder and relative paths that may not lead out of it.

    Raises:
        UsageError: If they do.
    """
    path = folder.joinpath(*parts)
    if ".." in path.parts or not path.is_relative_to(folder):
        raise UsageError(
            f"expected an address below {folder}.\nReceived {'/'.join(parts)!r}."
        )
    return path


def _names(specification: Specification) -> Iterator[tuple[str, str, str]]:
    """Each name that becomes a path: its kind, the name, its pattern."""
    yield "pipeline", specification.name, LOWER_CASE
    for task in specification.order:
        yield "task", task, IDENTIFIER
        outputs = specification.component(task).output_definitions
        for name in (*outputs.artifacts, *outputs.parameters):
            yield f"output of {task}", name, IDENTIFIER
        for mount in specification.placements[task].pvc_mount:
            yield f"volume claim of {task}", mount.constant, LOWER_CASE
