# SPDX-License-Identifier: Apache-2.0
"""The packages of the families: light parameters, sections apart from training."""

import subprocess
import sys

import pytest

from pipelines.fingerprint import PROJECT_ROOT, imported_modules

FAMILIES = ("autoencoder", "gan", "language", "passage", "vae")
HEAVY = {"keras", "numpy", "tensorflow"}


def _dependencies(module: str) -> set[str]:
    """Project modules that a module imports, directly or not."""
    seen, waiting = set[str](), {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= imported_modules(name) - seen
    return seen


def test_parameters_are_read_without_tensorflow() -> None:
    modules = [f"components.trainer.{family}.params" for family in FAMILIES]
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.check_output(command, cwd=PROJECT_ROOT, text=True).split()
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("family", FAMILIES)
def test_reworded_caption_does_not_train_again(family: str) -> None:
    trained = _dependencies(f"components.trainer.{family}.run")
    assert f"components.trainer.{family}.train" in trained
    assert not [m for m in trained if m.startswith("components.report")]
    assert not [m for m in trained if m.endswith(".section")]
