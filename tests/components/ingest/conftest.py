# SPDX-License-Identifier: Apache-2.0
"""A small data set as a project has it, and a server that can have its files."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.ingest.source_list import SourceList, read_source_list
from tests.support.datasets.mnist import FILES, VARIANT, write_mnist, write_source_list
from tests.support.file_server import Site, serve


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four files of a small MNIST; not to be changed."""
    return write_mnist(tmp_path_factory.mktemp("raw"), train=40, test=10)


@pytest.fixture
def root(tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's root whose source list describes `raw`, with no source in it."""
    write_source_list(tmp_path / "data" / "mnist" / "source.yaml", raw)
    (tmp_path / "params.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def destination(root: Path) -> Path:
    """Where the raw files of the project belong; nothing is there yet."""
    return root / "data" / "raw" / "mnist" / VARIANT


@pytest.fixture
def site(raw: Path) -> Iterator[Site]:
    """A server that has the four files, packed."""
    pages = {
        f"/{name}.gz": gzip.compress((raw / name).read_bytes(), mtime=0)
        for name in FILES
    }
    with serve(Site(pages=pages)) as running:
        yield running


@pytest.fixture
def with_sources(root: Path) -> Callable[..., SourceList]:
    """Give the project's source list these sources, each with a generous limit."""

    def write(*sources: dict[str, Any]) -> SourceList:
        path = root / "data" / "mnist" / "source.yaml"
        content = yaml.safe_load(path.read_text())
        generous = {"max_bytes": 10_000_000, "timeout_seconds": 5}
        content["variants"][VARIANT]["sources"] = [generous | s for s in sources]
        path.write_text(yaml.safe_dump(content))
        return read_source_list(root, "mnist")

    return write
