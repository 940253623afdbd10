# SPDX-License-Identifier: Apache-2.0
"""A new recipe stands beside the others, with sizes and a gate that fit its data."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from components.core.errors import DataNotObtainable, UsageError
from components.ingest.source_list import read_source_list
from pipelines.config import load_config
from pipelines.families import FAMILIES
from pipelines.new_recipe.new_recipe import new_recipe
from pipelines.new_recipe.start import new_recipe_command
from tests.support.datasets.mnist import draw_digits, write_idx
from tests.support.datasets.table_project import make_table_project
from tests.support.datasets.tables import MASS_LAYOUT, draw_birds, make_dataset

OPTIMIZER = {"learning_rate": 0.005}
RECIPES: dict[str, Any] = {
    "birds-table": {
        "family": "table",
        "trainer": {"epochs": 3, "batch_size": 16, "optimizer": OPTIMIZER},
        "gate": {"test_log_loss": {"max": 1}},
    },
    "digits-cnn": {
        "family": "cnn",
        "trainer": {
            "layers": ["conv 8 stride 2", "conv 16 stride 2", "conv 16 stride 2"],
            "epochs": 3,
            "batch_size": 16,
            "optimizer": OPTIMIZER,
            "augmentation": {"shift": 4},
        },
        "gate": {"test_accuracy": {"min": 0.5}},
    },
    "digits-vae": {
        "family": "vae",
        "needs": "digits-cnn",
        "trainer": {
            **{"binarisation": "stochastic", "latent_size": 4, "units": [16]},
            **{"epochs": 3, "batch_size": 16, "optimizer": OPTIMIZER},
        },
        "gate": {"test_active_units": {"min": 5}},
    },
    "tale-lstm": {
        "family": "language_model",
        "trainer": {"epochs": 3, "optimizer": OPTIMIZER},
        "gate": {"test_perplexity_ratio_to_trigram": {"max": 1}},
    },
}
COMMENT = "# Every number of this project.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Birds, their weights, digits of 12 pixels and a tale, with a recipe each."""
    make_table_project(tmp_path, draw_birds(240))
    make_dataset(tmp_path, MASS_LAYOUT, name="masses", birds=draw_birds(240))
    digits = np.random.default_rng(0).permutation(np.arange(300) % 10)
    raw = tmp_path / "data" / "raw" / "digits" / "own"
    raw.mkdir(parents=True)
    write_idx(raw / "digits-images-idx3-ubyte", draw_digits(digits, 1)[:, 8:20, 8:20])
    write_idx(raw / "digits-labels-idx1-ubyte", digits.astype(np.uint8))
    _write_source(
        tmp_path,
        "digits",
        modality="image",
        image_shape=[12, 12, 1],
        classes=[str(digit) for digit in range(10)],
    )
    raw = tmp_path / "data" / "raw" / "tale" / "own"
    raw.mkdir(parents=True)
    words = np.random.default_rng(1).choice(
        ["the", "cat", "sat", "on", "a", "mat"], 900
    )
    lines = [" ".join(part) for part in np.split(words, 90)]
    (raw / "tale.txt").write_text("\n\n".join(lines))
    _write_source(tmp_path, "tale", modality="text")
    path = tmp_path / "params.yaml"
    params = yaml.safe_load(path.read_text())
    birds = params["datasets"]["birds"]
    for name in ("masses", "digits"):
        params["datasets"][name] = birds
    params["datasets"]["tale"] = {**birds, "split": "hash"}
    params["datasets"]["gone"] = birds
    _write_source(tmp_path, "gone", modality="text")
    params["recipes"] = {
        name: {"dataset": name.partition("-")[0], "seed": 1, **recipe}
        for name, recipe in RECIPES.items()
    }
    path.write_text(
        COMMENT + yaml.dump(params, sort_keys=False, Dumper=_WithoutAliases)
    )
    return tmp_path


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_source(root: Path, name: str, **more: Any) -> None:
    folder = root / "data" / name
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "dataset": name,
        "title": name,
        "licence": "CC0-1.0",
        "redistributable": True,
        "citation": "none",
        "variants": {"own": {"origin": "user"}},
        **more,
    }
    (folder / "source.yaml").write_text(yaml.safe_dump(record))


def test_block_is_added_and_nothing_else_changes(project: Path) -> None:
    before = (project / "params.yaml").read_text()
    made = new_recipe(project, "birds-wide", "birds-table")
    after = (project / "params.yaml").read_text()
    assert after.replace(f"\n{made.block}", "", 1) == before
    recipe = load_config(project).recipe("birds-wide")
    assert (recipe.dataset, recipe.family) == ("birds", "table")


def test_code_of_one_s_own_stays_with_its_data(project: Path) -> None:
    path = project / "params.yaml"
    own = {"preprocess": "mine.code.prepare", "metrics": ["mine.code.cost"]}
    params = yaml.safe_load(path.read_text())
    params["recipes"]["birds-table"] |= own
    gate = {"test_cost": {"max": 2}, "mine.code.small": {"most": 3}}
    params["recipes"]["birds-table"]["gate"] |= gate
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    (project / "mine").mkdir()
    (project / "mine" / "code.py").write_text(
        "def prepare(inputs):\n    return {}\n\n\n"
        "def cost(labels, predictions):\n    return 0.0\n\n\n"
        "def small(metrics, baseline, most):\n    return True, '', ''\n"
    )
    same = new_recipe(project, "birds-wide", "birds-table")
    other = new_recipe(project, "masses-table", "birds-table", "masses")
    recipes = yaml.safe_load(path.read_text())["recipes"]
    assert own.items() <= recipes["birds-wide"].items()
    assert gate.items() <= recipes["birds-wide"]["gate"].items()
    assert "# As birds-table: preprocess, metrics, gates by import path." in same.block
    assert not {*own, *gate} & {
        *recipes["masses-table"],
        *recipes["masses-table"]["gate"],
    }
    assert "# Not taken from birds-table, as written for birds: pre" in other.block


def test_gate_of_classes_follows_from_rivals_on_the_data(project: Path) -> None:
    made = new_recipe(project, "birds-wide", "birds-table")
    assert set(made.fitted.figures) == {"majority", "linear", "boosting"}
    gate = load_config(project).recipe("birds-wide").gate
    # Birds are easily told apart: a quarter of the way to guessing, and some noise.
    assert 0.25 < gate["test_log_loss_share_of_majority"]["max"] < 0.6
    assert gate["test_smallest_recall"]["min"] > 0.3
    comments = [line for line in made.block.splitlines() if line.strip()[0] == "#"]
    assert any("best rival" in line for line in comments)


def test_gate_of_numbers_compares_with_the_mean(project: Path) -> None:
    new_recipe(project, "masses-table", "birds-table", "masses")
    recipe = load_config(project).recipe("masses-table")
    assert 0.25 < recipe.gate["test_rmse_share_of_mean"]["max"] < 0.9
    assert recipe.params.units == (32, 16)


def test_target_that_nothing_tells_is_said_in_the_gate(project: Path) -> None:
    rows = draw_birds(240)
    kinds = np.random.default_rng(3).permutation([row["species"] for row in rows])
    mixed = [{**r, "species": str(k)} for r, k in zip(rows, kinds, strict=True)]
    make_dataset(project, birds=mixed)
    made = new_recipe(project, "birds-wide", "birds-table")
    assert dict(made.fitted.gate[0].limits) == {"max": 1.0}
    assert "No rival beats the majority" in made.block


def test_layers_and_shifts_fit_the_size_of_the_pictures(project: Path) -> None:
    made = new_recipe(project, "digits-small", "digits-cnn")
    params = load_config(project).recipe("digits-small").params
    # Of 12 pixels one halving leaves 6 places, and another would leave 3.
    assert params.layers == ("conv 8 stride 2", "conv 16", "conv 16")
    assert params.augmentation.shift == 1.5
    assert set(made.fitted.figures) == {"majority", "linear", "neighbours"}


@pytest.mark.parametrize("like", ["birds-table", "digits-cnn"])
def test_full_batches_stay_with_their_number_of_steps(project: Path, like: str) -> None:
    path = project / "params.yaml"
    params = yaml.safe_load(path.read_text())
    optimizer = {"learning_rate": 0.005, "name": "rprop"}
    full = {"epochs": 321, "batch_size": "all", "optimizer": optimizer}
    params["recipes"][like]["trainer"] |= full
    path.write_text(yaml.safe_dump(params, sort_keys=False))
    # Without a full batch the optimizer is refused, and so the recipe.
    made = new_recipe(project, "another", like)
    recipe = load_config(project).recipe("another").params
    assert (recipe.batch_size, recipe.epochs) == ("all", 321)
    assert "# some" not in made.block


def test_gate_of_a_text_follows_from_counted_words(project: Path) -> None:
    made = new_recipe(project, "tale-2", "tale-lstm")
    assert set(made.fitted.figures) == {"unigram", "trigram"}
    # Words drawn one by one: three in a row tell no more than one.
    limit = made.fitted.gate[0]
    assert limit.limits["max"] == 1.1


def test_text_that_repeats_itself_asks_for_no_recitation(project: Path) -> None:
    random = np.random.default_rng(2)
    words = [a + b + c for a in "bdgk" for b in "aeiou" for c in "lmnrst"]
    page = [" ".join(random.choice(words, 12)) for _ in range(60)]
    path = project / "data" / "raw" / "tale" / "own" / "tale.txt"
    path.write_text("\n\n".join(page * 6))
    made = new_recipe(project, "tale-2", "tale-lstm")
    assert made.fitted.gate[0].limits["max"] > 2
    assert "word for word" in made.block


def test_family_without_rivals_keeps_the_gate_and_says_so(project: Path) -> None:
    made = new_recipe(project, "digits-codes", "digits-vae")
    assert "# As digits-vae: no rival is fitted" in made.block
    assert load_config(project).recipe("digits-codes").needs == "digits-cnn"


@pytest.mark.parametrize(
    ("name", "like", "dataset", "message"),
    [
        ("birds-2", "bird-table", "", "Did you mean 'birds-table'"),
        ("birds-2", "birds-table", "brids", "Did you mean 'birds'"),
        ("birds-table", "birds-table", "", "exists already"),
        ("Birds 2", "birds-table", "", "small letters and digits"),
        ("data", "birds-table", "", "that of something else"),
        ("birds", "birds-table", "", "that of a data set"),
        ("1e3", "birds-table", "", "YAML takes '1e3' for no text"),
        ("birds-2", "digits-cnn", "birds", "table data. Recipes that fit: birds-table"),
        ("tale-2", "digits-vae", "tale", "Recipes that fit: tale-lstm"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    project: Path, name: str, like: str, dataset: str, message: str
) -> None:
    before = (project / "params.yaml").read_text()
    with pytest.raises(UsageError, match=message):
        new_recipe(project, name, like, dataset)
    assert (project / "params.yaml").read_text() == before


def _without_recipes(project: Path) -> None:
    path = project / "params.yaml"
    params = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**params, "recipes": {}}, sort_keys=False))


@pytest.mark.parametrize(
    ("dataset", "command"),
    [
        ("birds", "prodl new recipe birds-table --family table --data birds"),
        ("digits", "prodl new recipe digits-cnn --family cnn --data digits"),
        (
            "tale",
            "prodl new recipe tale-language-model --family language_model --data tale",
        ),
    ],
)
def test_project_without_a_fitting_recipe_gets_one_of_a_family(
    project: Path, dataset: str, command: str
) -> None:
    _without_recipes(project)
    modality = read_source_list(project, dataset).modality
    assert new_recipe_command(load_config(project), dataset, modality) == command
    words = command.split()
    made = new_recipe(project, words[3], dataset=dataset, family=words[5])
    recipe = load_config(project).recipe(words[3])
    assert (recipe.dataset, recipe.family) == (dataset, words[5])
    assert recipe.thresholds
    assert made.fitted.figures


def test_command_for_other_data_is_like_a_recipe_that_fits(project: Path) -> None:
    command = new_recipe_command(load_config(project), "masses", "table")
    assert command == ("prodl new recipe masses-table --like birds-table --data masses")


@pytest.mark.parametrize(
    ("like", "dataset", "family", "message"),
    [
        ("", "birds", "", "expected --like RECIPE, or --family"),
        ("birds-table", "birds", "table", "expected --like RECIPE, or --family"),
        ("", "", "table", "with --data DATASET"),
        ("", "digits", "table", "holds image data; expected cnn, rnn"),
        ("", "digits", "vae", "Take those of another recipe: --like"),
        ("", "digits", "cmn", "Did you mean 'cnn'"),
    ],
)
def test_family_that_does_not_fit_is_refused(
    project: Path, like: str, dataset: str, family: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        new_recipe(project, "other", like, dataset, family)


def test_data_that_are_not_there_are_named_with_the_command(project: Path) -> None:
    with pytest.raises(DataNotObtainable, match="prodl fetch gone"):
        new_recipe(project, "gone-lstm", "tale-lstm", "gone")


def test_every_family_says_which_data_it_takes() -> None:
    taken = {name: family.modalities for name, family in FAMILIES.items()}
    assert taken["table"] == ("table",)
    assert taken["language_model"] == taken["passage"] == ("text",)
    assert taken["cnn"] == ("image", "photograph")
    assert taken["rnn"] == ("image", "photograph")
    assert taken["gan"] == taken["encoder"] == taken["dbn"] == ("image",)
