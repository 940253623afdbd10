# SPDX-License-Identifier: Apache-2.0
"""The remedy for a damaged file in the output of a step, or in a published model."""

from pathlib import Path

from components.core.project import project_root


def output_remedy(folder: Path) -> str:
    """The remedy for a damaged file.

    Args:
        folder: A folder of an artifact, or of a published model.
    """
    if folder.resolve().is_relative_to(project_root().resolve() / "models"):
        return f"Get it back: dvc checkout --force {folder}"
    return f"Remove the folder {folder} and run again: the step makes it anew."
