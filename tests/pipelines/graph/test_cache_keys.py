# SPDX-License-Identifier: Apache-2.0
"""What a node computes with is in its parameters, by which TFX looks it up."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from components.core.import_path import OWN_PACKAGES
from components.core.project import project_root
from components.ingest.source_list import read_source_list
from components.model_store.published import PublishedModel
from pipelines import fingerprint
from pipelines.config import load_config
from pipelines.context import RunContext
from pipelines.data_version import DataVersion
from pipelines.graph.pipeline import build_recipe
from pipelines.local.runner import local_target

RECIPE = "mnist-cnn"
DATA = DataVersion("mnist", "official", "data/raw/mnist/official", "c", "d", None)
NONE = PublishedModel()
Parameters = dict[str, dict[str, object]]


def _parameters(root: Path, baseline: PublishedModel = NONE) -> Parameters:
    """Node -> its parameters, of the graph of the project in a folder."""
    config = load_config(root)
    context = RunContext(config, read_source_list(root, "mnist"), DATA, RECIPE)
    graph = build_recipe(context, baseline, local_target(Path("s"), "mnist", RECIPE))
    return {node.id: _given(node.exec_properties) for node in graph.components}


def _given(properties: dict[str, object]) -> dict[str, object]:
    """Parameters but those that are outputs of other nodes."""
    return {k: v for k, v in properties.items() if isinstance(v, str | int)}


def _changed(before: Parameters, after: Parameters) -> set[str]:
    return {node for node in before if before[node] != after[node]}


@pytest.fixture(scope="module")
def before() -> Parameters:
    return _parameters(project_root())


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, from which fingerprints are taken too."""
    leave_out = shutil.ignore_patterns("raw", "__pycache__")
    for name in ("data", "book", *OWN_PACKAGES):
        shutil.copytree(project_root() / name, tmp_path / name, ignore=leave_out)
    shutil.copy(project_root() / "params.yaml", tmp_path)
    monkeypatch.setattr(fingerprint, "PROJECT_ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "nodes"),
    [
        ("data/mnist/schema.pbtxt", {"ProvideSchema"}),
        # The checks that expectations.yaml names, which nothing imports.
        ("components/validation/items/checks/labels.py", {"ValidateItems"}),
        ("components/evaluator/classification/metrics.py", {"Evaluate"}),
    ],
)
def test_changed_file_changes_the_parameters_of_the_nodes_that_use_it(
    before: Parameters, copy: Path, file: str, nodes: set[str]
) -> None:
    with (copy / file).open("a") as stream:
        stream.write("\n# one more line\n")
    assert _changed(before, _parameters(copy)) == nodes


def test_filters_and_whitening_are_a_parameter_of_transform(
    before: Parameters, copy: Path
) -> None:
    settings = yaml.safe_load((copy / "params.yaml").read_text())
    settings["recipes"][RECIPE] |= {"filters": ["sobel x"], "whitening": "zca"}
    (copy / "params.yaml").write_text(yaml.safe_dump(settings))

    after = _parameters(copy)

    changed = {"Transform", "Trainer", "FindBaseline"}
    assert _changed(before, after) == changed
    config = json.loads(str(after["Transform"]["custom_config"]))
    pixels = {"filters": ["sobel x"], "whitening": "zca", "shape": [28, 28, 1]}
    assert config["pixels"] == pixels
    assert "pixels" not in str(before["Transform"]["custom_config"])


def test_new_baseline_is_looked_for_again(before: Parameters) -> None:
    published = PublishedModel("models/mnist-cnn/1", "0" * 64)
    after = _parameters(project_root(), published)
    assert _changed(before, after) == {"FindBaseline"}
