# SPDX-License-Identifier: Apache-2.0
"""A TFX project of somebody else runs by KFP's own programs, with tfx_kfp alone."""

from pathlib import Path

import pytest

from pipelines.kubeflow.spec import read_specification
from tests.support.kfp.cluster import start_cluster
from tests.support.kfp.programs import Programs
from tests.support.kfp.run import run_specification
from tests.support.toy_project import make_toy_project

pytestmark = [pytest.mark.slow, pytest.mark.kfp]


def test_steps_hand_over_artifacts_of_an_own_type_and_values(
    programs: Programs, tmp_path: Path
) -> None:
    file = make_toy_project(tmp_path / "project")
    with start_cluster(programs, file.parent, tmp_path / "cluster") as cluster:
        run = run_specification(cluster, read_specification(file))
        assert not run.error, run.error
        assert list(run.steps) == ["Split", "Longest", "Shout"]
        loud = run.steps["Shout"].uri("loud")
        assert cluster.store.read(f"{loud}/words.txt") == b"ELEPHANTS"
