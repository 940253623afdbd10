# SPDX-License-Identifier: Apache-2.0
"""Content of one output that KFP's page draws."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Drawing:
    """What a visualization holds: properties in the metadata store, and a file."""

    properties: Mapping[str, Any] = field(default_factory=dict)
    """Custom properties of the artifact: numbers, texts; for curves and matrices lists
    and mappings, which KFP's launcher wraps. No None: the launcher refuses it."""

    html: str = ""
    """The page; empty where the properties are the content."""

    @property
    def text(self) -> str:
        """The file at the artifact's address: one file, no folder."""
        return self.html or json.dumps(dict(self.properties), indent=1) + "\n"
