# SPDX-License-Identifier: Apache-2.0
"""Where a graph runs: the only difference between a local and a cluster graph."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

# A type only: options are checked without TFX, which takes seconds to import.
if TYPE_CHECKING:
    from tfx.dsl.components.base.base_node import BaseNode

Nodes: TypeAlias = "tuple[BaseNode, ...]"


@dataclass(frozen=True)
class DataOrigin:
    """Where a machine without the raw files gets them."""

    repo: str = ""
    """Git repository with the dvc.lock; empty for the project's own."""

    rev: str = ""
    """Revision of it; empty for the newest."""

    remote: str = ""
    """DVC remote, by name or address; empty for the default."""


def literal(name: str, value: str) -> Any:
    """The value itself: how a local graph passes a named value to a node."""
    del name
    return value


def no_nodes(nodes: Nodes) -> Nodes:
    """Add no node behind the others."""
    del nodes
    return ()


@dataclass(frozen=True)
class ExecutionTarget:
    """Where a graph keeps its state and gets its data."""

    pipeline_name: str
    """Part of TFX's cache key: the data set on one machine, so that its recipes share
    the data steps; the recipe on a cluster."""

    pipeline_root: str
    """Folder or address for artifacts."""

    push_destination: str
    """Folder or address that receives the models that TFX's Pusher pushes."""

    published: str = ""
    """Folder, relative to the project's root, or address of the published models that a
    candidate is compared with."""

    metadata_path: str | None = None
    """SQLite file of MLMD; None where the platform has its own store."""

    origin: DataOrigin = DataOrigin()
    """Where the raw files come from if the data folder is missing."""

    parameter: Callable[[str, str], Any] = literal
    """(name, value) -> what a node receives for a value of the data version: the value
    on one machine, a parameter of the pipeline on a cluster."""

    last_nodes: Callable[[Nodes], Nodes] = no_nodes
    """Nodes -> the nodes that the target adds behind them: none on one machine, where
    the command itself writes the page."""
