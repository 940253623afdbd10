# SPDX-License-Identifier: Apache-2.0
"""params.yaml is checked whole before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError, UsageErrors
from components.core.project import project_root
from pipelines.config import load_config


@pytest.fixture
def params() -> dict[str, Any]:
    """The project's own params.yaml."""
    return dict(yaml.safe_load((project_root() / "params.yaml").read_text()))


def _load(params: dict[str, Any], folder: Path) -> Any:
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return load_config(folder)


@pytest.mark.parametrize("file", ["dvc.yaml", "book/dvc.yaml"])
def test_dvc_runs_and_publishes_every_recipe(file: str) -> None:
    stages = yaml.safe_load((project_root() / file).read_text())["stages"]
    for kind in ("run", "publish"):
        assert stages[kind]["foreach"] == "${recipes}"


def test_recipes_on_random_weights_alone_may_be_refused() -> None:
    recipes = load_config(project_root()).recipes
    refused = {name: one for name, one in recipes.items() if one.may_be_refused}
    assert refused.keys() == {"cats-dogs-vgg16-book", "cervix-transfer"}
    assert {one.trainer["base"]["weights"] for one in refused.values()} == {"none"}


def test_core_recipes_need_no_recipe_of_the_book() -> None:
    config = load_config(project_root())
    core = config.recipes.keys() - config.book
    assert {config.recipe(name).needed_recipe for name in core} - {None} <= core


def test_core_has_a_recipe_of_every_data_set() -> None:
    config = load_config(project_root())
    core = config.recipes.keys() - config.book
    assert {config.recipe(name).dataset for name in core} == set(config.datasets)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../mnist", "expected letters, digits"),
        ("a b", "expected letters, digits"),
        # The folder of the pages of data sets.
        ("data", "'data' is that of something else"),
        ("mnist", "'mnist' is that of a data set"),
    ],
)
def test_recipe_with_the_name_of_another_folder_is_refused(
    params: dict[str, Any], tmp_path: Path, name: str, reason: str
) -> None:
    params["recipes"][name] = params["recipes"]["mnist-cnn"]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(UsageError, match=f"recipes.{name}: the name .*{reason}"):
        load_config(tmp_path)


def test_name_in_both_files_is_refused(params: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    recipes = {"recipes": {"mnist-cnn": params["recipes"]["mnist-cnn"]}}
    (tmp_path / "book" / "params.yaml").write_text(yaml.safe_dump(recipes))
    with pytest.raises(UsageError, match=r"recipes\.mnist-cnn: params\.yaml has"):
        _load(params, tmp_path)


def test_recipe_of_the_book_is_checked_with_its_place(
    params: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "book").mkdir()
    recipe = {**params["recipes"]["mnist-cnn"], "dataset": "mnits"}
    (tmp_path / "book" / "params.yaml").write_text(
        yaml.safe_dump({"recipes": {"another": recipe}})
    )
    with pytest.raises(UsageError, match=r"^book/params\.yaml, recipes\.another"):
        _load(params, tmp_path)


def test_stage_of_a_recipe_of_the_book_has_its_file() -> None:
    config = load_config(project_root())
    assert config.stage("publish", "mnist-cnn") == "publish@mnist-cnn"
    assert config.stage("run", "mnist-gan") == "book/dvc.yaml:run@mnist-gan"


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
        ("recipes.mnist-cnn.needs", "models/mnist-lstm", "Did you mean 'mnist-lstm'"),
        ("recipes.mnist-cnn.needs", "data/README.md", "Valid: .*none"),
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


def test_every_wrong_value_of_both_files_is_told(
    params: dict[str, Any], tmp_path: Path
) -> None:
    first, second, *_ = params["recipes"].values()
    first["family"] = "cn"
    second["trainer"]["epoch"] = 3
    second["gate"]["test_acuracy"] = {"min": 0.5}
    params["datasets"]["mnist"]["validation_share"] = 2
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "params.yaml").write_text("recipes: {x: {family: cnn}}")
    with pytest.raises(UsageErrors) as refused:
        _load(params, tmp_path)
    told = str(refused.value)
    assert told.startswith("5 settings are wrong.")
    for words in ("family: unknown 'cn'", "'epoch'", "'test_acuracy'", "missing"):
        assert words in told
    assert "datasets.mnist: validation_share must lie between 0 and 0.5" in told


def test_key_that_is_no_text_is_a_name_as_any_other(
    params: dict[str, Any], tmp_path: Path
) -> None:
    first = next(iter(params["recipes"].values()))
    params["recipes"][1.5] = {**first, "needs": "nothing"}
    with pytest.raises(UsageError, match=r"recipes\.1\.5\.needs(.|\n)*1\.5"):
        _load(params, tmp_path)


def test_unknown_recipe_names_the_nearest(params: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="Did you mean 'mnist-cnn'"):
        load_config(project_root()).recipe("mnist-cn")


def _own(params: dict[str, Any], folder: Path) -> Any:
    """The recipe mnist-cnn with code of the user's own, of which there is a file."""
    (folder / "mine.py").write_text("def f(): ...\ndef accuracy(): ...\n")
    recipe = params["recipes"]["mnist-cnn"]
    recipe["trainer"] = {
        key: recipe["trainer"][key] for key in ("epochs", "batch_size", "optimizer")
    }
    recipe["trainer"]["network"] = "mine.f"
    return recipe


def test_own_code_is_read_with_its_keys(params: dict[str, Any], tmp_path: Path) -> None:
    recipe = _own(params, tmp_path)
    del recipe["needs"]
    recipe |= {"preprocess": "mine.f", "metrics": ["mine.f"]}
    recipe["gate"] = {"test_f": {"max": 1}, "mine.accuracy": {"most": 2}}
    read = _load(params, tmp_path).recipe("mnist-cnn")
    assert read.own_code == {
        "trainer.network": "mine.f",
        "preprocess": "mine.f",
        "metrics[0]": "mine.f",
        "gate.mine.accuracy": "mine.accuracy",
    }
    assert [threshold.metric for threshold in read.thresholds] == ["test_f"]
    assert read.needed_recipe is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": ["mine.accuracy"]}, "'test_accuracy' is a metric already"),
        ({"metrics": ["mine.f", "mine.f"]}, "'test_f' is a metric already"),
        ({"gate": {"mine.f": 3}}, r"gate.mine.f: expected the arguments .*Received 3"),
        ({"gate": {"test_f": {"max": 1}}}, "unknown metric 'test_f'"),
        ({"family": "gan", "metrics": ["mine.f"]}, "expected none for the family"),
    ],
)
def test_own_code_that_does_not_fit_is_refused(
    params: dict[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    recipe = _own(params, tmp_path)
    if "family" in change:
        recipe["trainer"] = params["recipes"]["mnist-gan-quick"]["trainer"]
    recipe |= change
    with pytest.raises(UsageError, match=f"(?s)recipes.mnist-cnn.*{message}"):
        _load(params, tmp_path)


@pytest.mark.parametrize(
    ("recipe", "change", "message"),
    [
        ("mnist-cnn", {"filters": ["mean 4"]}, r"filters\[0\]: .*expected windows"),
        ("mnist-vae", {"whitening": "zca"}, "whitening: expected none for the family"),
        ("mnist-sparse-ae", {"filters": ["mean 3"]}, "filters: expected none"),
        ("mnist-cnn", {"whitening": "zaa"}, "whitening: expected one of 'none'"),
    ],
)
def test_pixels_that_a_family_cannot_take_are_refused(
    params: dict[str, Any],
    tmp_path: Path,
    recipe: str,
    change: dict[str, Any],
    message: str,
) -> None:
    params["recipes"][recipe] |= change
    with pytest.raises(UsageError, match=message):
        _load(params, tmp_path)


def test_weights_of_pictures_get_no_prepared_pixels(
    params: dict[str, Any], tmp_path: Path
) -> None:
    base = {"name": "VGG16", "weights": "none"}
    recipe = params["recipes"]["cats-dogs-cnn"] | {"filters": ["sobel x"]}
    trainer = {k: v for k, v in recipe["trainer"].items() if k != "augmentation"}
    recipe["trainer"] = trainer | {"base": base}
    params["recipes"]["cats-dogs-cnn"] = recipe
    with pytest.raises(UsageError, match="filters: expected none with trainer.base"):
        _load(params, tmp_path)
