# SPDX-License-Identifier: Apache-2.0
"""params.yaml and book/params.yaml."""

from pathlib import Path

from components.core.errors import ProdlError
from components.core.project import project_root
from pipelines.config import BOOK_FILE, PARAMS_FILE, load_config
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_yaml

DECLARED = (ProdlError,)
MEMORY_MB = 1000

mutate = mutate_yaml


def draw_corpus(rng: Rng) -> list[bytes]:
    """The project's own files."""
    return [(project_root() / name).read_bytes() for name in (PARAMS_FILE, BOOK_FILE)]


def run(content: bytes, folder: Path) -> None:
    """Read it in the place of each of the two files."""
    core = (project_root() / PARAMS_FILE).read_bytes()
    is_core = b"datasets" in content
    (folder / PARAMS_FILE).write_bytes(content if is_core else core)
    if not is_core:
        (folder / BOOK_FILE).parent.mkdir()
        (folder / BOOK_FILE).write_bytes(content)
    config = load_config(folder)
    for name in config.recipes:
        config.stage("run", name)
