# SPDX-License-Identifier: Apache-2.0
"""The stages of DVC: a killed one takes nothing away."""

from typing import Any

import pytest
import yaml

from components.core.project import project_root


@pytest.mark.parametrize("file", ["dvc.yaml", "book/dvc.yaml"])
def test_outputs_stay_until_a_stage_replaces_them(file: str) -> None:
    stages: Any = yaml.safe_load((project_root() / file).read_text())["stages"]
    outputs = {
        path: settings
        for stage in stages.values()
        for kind in ("outs", "metrics")
        for out in stage["do"].get(kind, ())
        for path, settings in out.items()
    }
    assert len(outputs) >= 3
    assert [path for path, given in outputs.items() if not given.get("persist")] == []
