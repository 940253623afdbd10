# SPDX-License-Identifier: Apache-2.0
"""The remedy for a damaged file in the output of a step, or in a published model."""

from pathlib import Path

from components.core.project import ROOT_MARK


def output_remedy(folder: Path) -> str:
    """The remedy for a damaged file.

    Args:
        folder: A folder of an artifact, or of a published model.
    """
    for parent in folder.resolve().parents:
        # Not by the project's root: data may be read before there is one.
        if parent.name == "models" and (parent.parent / ROOT_MARK).is_file():
            return f"Get it back: dvc checkout --force {folder}"
    return f"Remove the folder {folder} and run again: the step makes it anew."
