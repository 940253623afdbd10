# SPDX-License-Identifier: Apache-2.0
"""A checkout as far as a command reads it before its first step."""

import shutil
from pathlib import Path

import pytest

from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.mnist import write_mnist, write_source_list


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with raw files of MNIST, the current one for commands of this process.

    Its name has what a shell, an address or an encoding may take amiss.
    """
    root = tmp_path / "chäck öut 中"
    shutil.copytree(PROJECT_ROOT / "data" / "mnist", root / "data" / "mnist")
    shutil.copy(PROJECT_ROOT / "params.yaml", root)
    raw = root / "data" / "raw" / "mnist" / "official"
    write_mnist(raw, train=100, test=20)
    write_source_list(root / "data" / "mnist" / "source.yaml", raw)
    monkeypatch.setenv("PRODL_ROOT", str(root))
    monkeypatch.delenv("PRODL_HOME", raising=False)
    return root
