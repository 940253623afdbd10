# SPDX-License-Identifier: Apache-2.0
"""A whole recipe on Prism, Beam's portable runner in Go, and on the default runner."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import tensorflow_data_validation as tfdv

from infra.proof import programs
from tests.support import namespaces, prism
from tests.support.project import RECIPE, Project, make_project
from tests.support.transform_graphs import computation

NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]\d+)?")

pytestmark = [pytest.mark.proof, pytest.mark.slow]


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        return programs.program("prism")
    except programs.NotBuilt as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A run with the default runner."""
    project = make_project(tmp_path_factory.mktemp("default"))
    project.check("prodl", "run", RECIPE)
    return project


def test_workers_in_the_process_of_the_run(
    program: Path, default: Project, tmp_path: Path
) -> None:
    project = _project_with(tmp_path, prism.in_process_args(program))
    project.check("prodl", "run", RECIPE)
    _assert_equal(project, default)


def test_worker_pool_across_a_network(
    program: Path, default: Project, tmp_path: Path
) -> None:
    """Run and engine share folders and one cable; Prism has its pool beside it."""
    if reason := namespaces.reason_for_none():
        pytest.skip(reason)
    with (
        namespaces.two_connected() as (here, there),
        prism.serve(program, tmp_path, there) as pipeline_args,
    ):
        project = _project_with(tmp_path / "project", pipeline_args)
        _run_inside(here, project)
    _assert_equal(project, default)
    # Not by accident in the process of the run: the pool was asked for a worker.
    assert "Starting worker" in (tmp_path / "pool.log").read_text()


def _project_with(root: Path, pipeline_args: Sequence[str]) -> Project:
    project = make_project(root)
    beam = {"pipeline_args": list(pipeline_args)}
    project.edit_yaml("params.yaml", lambda params: params.update(beam=beam))
    return project


def _run_inside(namespace: namespaces.Namespace, project: Project) -> None:
    # Not by the server of the tests, which is in another network.
    command = (sys.executable, "-m", "pipelines", "run", RECIPE)
    done = subprocess.run(
        namespace.inside("env", f"PYTHONPATH={project.root}", *command),
        cwd=project.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _assert_equal(project: Project, default: Project) -> None:
    """Same bytes of examples and items, same statistics, graph and metrics.

    Sums of a statistic follow the bundles, which each runner makes of its own size: the
    last digit of a mean may differ.
    """
    for name in ("examples", "items"):
        assert _files(_artifact(project, "Ingest", name)) == _files(
            _artifact(default, "Ingest", name)
        )
    ours, theirs = _statistics(project), _statistics(default)
    assert NUMBER.sub("_", ours) == NUMBER.sub("_", theirs)
    assert _numbers(ours) == pytest.approx(_numbers(theirs), rel=1e-13)
    graphs = (_artifact(p, "Transform", "transform_graph") for p in (project, default))
    ours, theirs = map(computation, graphs)
    assert ours == theirs
    metrics = f"metrics/{RECIPE}.json"
    assert project.read_json(metrics) == default.read_json(metrics)


def _artifact(project: Project, node: str, name: str) -> Path:
    (folder,) = (project.root / ".prodl/artifacts" / node / name).iterdir()
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _statistics(project: Project) -> str:
    """Statistics of all splits and features: the order of features is the runner's."""
    folder = _artifact(project, "StatisticsGen", "statistics")
    found = []
    for split in sorted(folder.glob("Split-*")):
        (dataset,) = tfdv.load_stats_binary(str(split / "FeatureStats.pb")).datasets
        found += [split.name, str(dataset.num_examples)]
        found += sorted(map(str, dataset.features), key=_path_of)
    assert len(found) > 3
    return "\n".join(found)


def _path_of(feature: str) -> str:
    """The end of a feature's text, which names it."""
    return feature[feature.rindex("path {") :]


def _numbers(text: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(text)]
