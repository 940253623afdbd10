# SPDX-License-Identifier: Apache-2.0
"""The messages that the troubleshooting table of docs/kubeflow.md quotes."""

import re

from components.core.project import project_root


def quoted_symptoms() -> set[str]:
    """Texts in quotation marks in the first column."""
    text = (project_root() / "docs" / "kubeflow.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## Troubleshooting")
    table, _, _ = section.partition("\n## ")
    symptoms = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    return {quote for cell in symptoms for quote in re.findall(r'"([^"]+)"', cell)}
