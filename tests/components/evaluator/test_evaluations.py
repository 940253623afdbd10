# SPDX-License-Identifier: Apache-2.0
"""Rules that hold for the evaluation of every family."""

import subprocess
import sys

import pytest

from pipelines.families import FAMILIES
from pipelines.fingerprint import PROJECT_ROOT, imported_modules, module_of

EVALUATIONS = sorted({module_of(family.evaluate_fn) for family in FAMILIES.values()})
LISTING = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
print(*sys.modules)
"""


def test_metric_names_are_read_without_a_library() -> None:
    packages = [module.rpartition(".")[0] for module in EVALUATIONS]
    names = [f"{package}.metric_names" for package in dict.fromkeys(packages)]
    command = [sys.executable, "-c", LISTING, *names]
    listed = subprocess.run(
        command, cwd=PROJECT_ROOT, check=True, capture_output=True, text=True
    )
    assert not {"keras", "numpy", "tensorflow"} & set(listed.stdout.split())


@pytest.mark.parametrize("module", EVALUATIONS)
def test_evaluation_does_not_import_its_page(module: str) -> None:
    # Its fingerprint would follow each reworded caption.
    seen, waiting = set[str](), {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= imported_modules(name) - seen
    pages = {name for name in seen if name.endswith("page") or ".report" in name}
    assert pages == set()
