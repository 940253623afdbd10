# SPDX-License-Identifier: Apache-2.0
"""The nodes in the status of an Argo Workflow: what has run, and how it ended."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

RUNNING, SUCCEEDED, FAILED = "Running", "Succeeded", "Failed"
# Not run: by its own condition, or because another one before it failed.
SKIPPED, OMITTED = "Skipped", "Omitted"
FNV_OFFSET: Final = 2166136261
FNV_PRIME: Final = 16777619


@dataclass
class Nodes:
    """The nodes of one Workflow."""

    workflow: str
    """Name of the Workflow."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Nodes by their identifiers, as the status has them."""

    def start(self, name: str, kind: str, template: str, parents: list[str]) -> str:
        """Add a node that runs now.

        Args:
            name: Path of the node: names of tasks, joined by dots.
            kind: `DAG` or `Pod`.
            template: Name of its template.
            parents: Identifiers of the nodes that it comes after, or lies in.

        Returns:
            Its identifier.
        """
        node = self._identifier(name)
        self.nodes[node] = {
            "id": node,
            "name": name,
            "displayName": name.rpartition(".")[2],
            "type": kind,
            "templateName": template,
            "phase": RUNNING,
            "startedAt": _now(),
            "finishedAt": None,
            "children": [],
        }
        for parent in parents:
            self.nodes[parent]["children"].append(node)
        return node

    def finish(self, node: str, phase: str, message: str = "") -> None:
        """Say how a node ended."""
        ended = {"phase": phase, "message": message, "finishedAt": _now()}
        self.nodes[node].update(ended)
        if phase in (SKIPPED, OMITTED):
            self.nodes[node]["type"] = SKIPPED

    def phase(self, node: str) -> str:
        """How a node ended, or that it runs."""
        return str(self.nodes[node]["phase"])

    def status(self) -> dict[str, Any]:
        """The status of the Workflow, whose own node is the first one."""
        whole = next(iter(self.nodes.values()))
        keys = ("phase", "startedAt", "finishedAt")
        return {**{key: whole[key] for key in keys}, "nodes": self.nodes}

    def _identifier(self, name: str) -> str:
        """Argo's identifier: the Workflow's name and a hash of the node's name."""
        if name == self.workflow:
            return name
        number = FNV_OFFSET
        for byte in name.encode():
            number = (number ^ byte) * FNV_PRIME % 2**32
        return f"{self.workflow}-{number}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
