# SPDX-License-Identifier: Apache-2.0
"""Every family has the modules of the convention, and its settings are light."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from pipelines.families import FAMILIES, Family
from tests.support.heavy_libraries import HEAVY


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_modules_of_a_family_are_where_the_convention_has_them(family: Family) -> None:
    for function in (family.run_fn, family.evaluate_fn, family.preprocessing_fn):
        assert find_spec(function.rpartition(".")[0]) is not None, function
    assert family.purpose.kind


def test_settings_of_all_families_import_no_library() -> None:
    code = (
        "import sys; from pipelines.families import FAMILIES\n"
        "for f in FAMILIES.values(): f.params_class, f.metric_names, f.purpose\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"
