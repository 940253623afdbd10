# SPDX-License-Identifier: Apache-2.0
"""params.yaml is checked whole before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError
from components.core.project import project_root
from pipelines.config import load_config


@pytest.fixture
def params() -> dict[str, Any]:
    """The project's own params.yaml."""
    return dict(yaml.safe_load((project_root() / "params.yaml").read_text()))


def _load(params: dict[str, Any], folder: Path) -> Any:
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return load_config(folder)


def test_dvc_publishes_all_recipes_that_need_no_weights_of_others() -> None:
    stages = yaml.safe_load((project_root() / "dvc.yaml").read_text())["stages"]
    recipes = set(load_config(project_root()).recipes)
    assert recipes - set(stages["publish"]["foreach"]) == {"cervix-transfer"}


def test_committed_params_are_valid() -> None:
    config = load_config(project_root())
    assert {recipe.dataset for recipe in config.recipes.values()} <= set(
        config.datasets
    )


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("recipes.mnist-cnn.trainer.epoch", 3, "Did you mean 'epochs'"),
        ("recipes.mnist-cnn.trainer.epochs", 0, "trainer: .*epochs"),
        ("recipes.mnist-cnn.gate.test_acuracy", {"min": 1}, "'test_accuracy'"),
        ("recipes.mnist-cnn.dataset", "mnits", "Did you mean 'mnist'"),
        ("recipes.mnist-cnn.family", "cn", "Did you mean 'cnn'"),
        ("recipes.mnist-cnn.sed", 1, "Did you mean 'seed'"),
        ("datasets.mnist.validation_share", 0.7, "between 0 and 0.5.\nReceived 0.7"),
        ("beem", {}, "Did you mean 'beam'"),
    ],
)
def test_wrong_value_is_named_with_its_place(
    params: dict[str, Any], tmp_path: Path, path: str, value: Any, message: str
) -> None:
    *parents, key = path.split(".")
    place = params
    for parent in parents:
        place = place[parent]
    place[key] = value
    with pytest.raises(UsageError, match=message) as caught:
        _load(params, tmp_path)
    assert str(caught.value).startswith("params.yaml")


def test_unknown_recipe_names_the_nearest(params: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="Did you mean 'mnist-cnn'"):
        load_config(project_root()).recipe("mnist-cn")
