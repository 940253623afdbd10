# SPDX-License-Identifier: Apache-2.0
"""A changed file of the user's own runs the nodes that use it, and those behind."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components.core.errors import UsageError
from components.core.project import project_root
from components.ingest.source_list import read_source_list
from components.model_store.published import PublishedModel
from pipelines.config import load_config
from pipelines.context import RunContext, recipe_context
from pipelines.data_version import DataVersion
from pipelines.graph.pipeline import build_recipe
from pipelines.local.runner import local_target

RECIPE = "cervix-own"
SETTINGS = {
    "datasets": {
        "cervix": {
            "variant": "synthetic",
            "validation_share": 0.2,
            "split_salt": "s",
            "test_share": 0.2,
        },
        "mnist": {"variant": "official", "validation_share": 0.1, "split_salt": "s"},
    },
    "recipes": {
        RECIPE: {
            "dataset": "cervix",
            "family": "cnn",
            "seed": 1,
            "preprocess": "mine.preprocess.f",
            "metrics": ["mine.metrics.f"],
            "trainer": {
                "network": "mine.model.f",
                "epochs": 1,
                "batch_size": 8,
                "image": {"size": 16},
                "optimizer": {"learning_rate": 0.01},
            },
            "gate": {"test_f": {"max": 1}, "mine.gates.f": {}},
        }
    },
    "beam": {"pipeline_args": ["--runner=DirectRunner"]},
}
DATA = DataVersion("cervix", "synthetic", "data/raw/cervix", "c" * 64, "m", True)
Parameters = dict[str, dict[str, object]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with code of its own and none of ours."""
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(SETTINGS))
    for name in ("cervix", "mnist"):
        shutil.copytree(project_root() / "data" / name, tmp_path / "data" / name)
    (tmp_path / "mine").mkdir()
    for module in ("preprocess", "metrics", "model", "gates"):
        source = "import mine.sizes\n" if module == "model" else ""
        (tmp_path / "mine" / f"{module}.py").write_text(f"{source}def f(): ...\n")
    (tmp_path / "mine" / "sizes.py").write_text("SIZE = 3\n")
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    before = list(sys.path)
    yield tmp_path
    sys.path[:] = before


def _parameters(root: Path) -> Parameters:
    """Node -> its parameters, but those that are outputs of other nodes."""
    context = RunContext(
        load_config(root), read_source_list(root, "cervix"), DATA, RECIPE
    )
    target = local_target(Path("s"), "cervix", RECIPE)
    graph = build_recipe(context, PublishedModel(), target)
    return {
        node.id: {
            key: value
            for key, value in node.exec_properties.items()
            if isinstance(value, str | int)
        }
        for node in graph.components
    }


@pytest.mark.parametrize(
    ("module", "nodes"),
    [
        # FindBaseline leaves out the version of the candidate's own model key.
        ("model", {"Trainer", "FindBaseline"}),
        ("sizes", {"Trainer", "FindBaseline"}),
        ("preprocess", {"Transform", "Trainer", "FindBaseline"}),
        ("metrics", {"Evaluate"}),
        ("gates", {"Evaluate"}),
    ],
)
def test_changed_module_runs_the_nodes_that_use_it(
    project: Path, module: str, nodes: set[str]
) -> None:
    before = _parameters(project)
    with (project / "mine" / f"{module}.py").open("a") as stream:
        stream.write("\n# one more line\n")
    after = _parameters(project)
    assert {node for node in before if before[node] != after[node]} == nodes


def test_raw_pixels_are_no_business_of_a_preprocessing_function(project: Path) -> None:
    settings = yaml.safe_load((project / "params.yaml").read_text())
    settings["recipes"][RECIPE]["dataset"] = "mnist"
    (project / "params.yaml").write_text(yaml.safe_dump(settings))

    with pytest.raises(UsageError, match="preprocess: .*(?s:.*)Change pixels in the"):
        recipe_context(load_config(project), RECIPE)
