# SPDX-License-Identifier: Apache-2.0
"""The packages of the families: light parameters, sections apart from training."""

import subprocess
import sys

import pytest

from pipelines.families import FAMILIES
from pipelines.fingerprint import PROJECT_ROOT, imported_modules

# For example `components.trainer.gan`.
PACKAGES = [family.run_fn.rsplit(".", 2)[0] for family in FAMILIES.values()]
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
    modules = [f"{package}.params" for package in PACKAGES]
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.check_output(command, cwd=PROJECT_ROOT, text=True).split()
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("package", PACKAGES)
def test_reworded_caption_does_not_train_again(package: str) -> None:
    trained = _dependencies(f"{package}.run")
    assert f"{package}.train" in trained
    assert not [m for m in trained if m.startswith("components.report")]
    assert not [m for m in trained if m.endswith(".section")]
