# SPDX-License-Identifier: Apache-2.0
"""Expectations: `data/<dataset>/expectations.yaml`."""

from pathlib import Path

from components.core.errors import ProdlError
from components.core.project import project_root
from components.core.records import to_json
from components.validation.settings import load_settings
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_yaml

DECLARED = (ProdlError,)
MEMORY_MB = 1000

mutate = mutate_yaml


def draw_corpus(rng: Rng) -> list[bytes]:
    """The project's own expectations."""
    paths = sorted((project_root() / "data").glob("*/expectations.yaml"))
    return [path.read_bytes() for path in paths]


def run(content: bytes, folder: Path) -> None:
    """Read it, and write it as the graph does."""
    path = folder / "expectations.yaml"
    path.write_bytes(content)
    settings = load_settings(path)
    to_json(settings.items)
    to_json(settings.distributions)
