# SPDX-License-Identifier: Apache-2.0
"""params.yaml gets a block, and keeps every other line as it is."""

import pytest
import yaml

from components.core.errors import UsageError
from pipelines.params_text import add_block

RECIPE = "  b:\n    seed: 2\n"
BLOCK = "birds:\n  variant: own # here\n"


def add(text: str) -> str:
    return add_block(text, "datasets", "birds", BLOCK)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "datasets: # all\n    old: {a: 1}\n\n# next\nrecipes: {}\n",
            "datasets: # all\n    old: {a: 1}\n    birds:\n      variant: own # here\n"
            "\n# next\nrecipes: {}\n",
        ),
        ("datasets: {}\n", "datasets:\n  birds:\n    variant: own # here\n"),
        ("datasets:\n", "datasets:\n  birds:\n    variant: own # here\n"),
        ("# new\n", "# new\ndatasets:\n  birds:\n    variant: own # here\n"),
        (
            "a: 1\ndatasets:\n  old: {}\n  # last",
            "a: 1\ndatasets:\n  old: {}\n  # last\n  birds:\n    variant: own # here\n",
        ),
        (
            "datasets:\r\n  old: {}\r\nb: 2\r\n",
            "datasets:\r\n  old: {}\r\n  birds:\r\n    variant: own # here\r\nb: 2\r\n",
        ),
    ],
)
def test_data_set_is_added_at_the_end_of_its_block(before: str, after: str) -> None:
    assert add(before) == after


@pytest.mark.parametrize("text", ["datasets: {old: {}}\n", "recipes: {}\n"])
def test_block_in_another_form_is_left_to_the_user(text: str) -> None:
    with pytest.raises(UsageError, match="by hand:\nbirds:"):
        add(text)


def test_recipe_stands_behind_the_last_one() -> None:
    text = "recipes:\n  a:\n    seed: 1\n\n# For all.\nbeam:\n  x: 1\n"
    wanted = "recipes:\n  a:\n    seed: 1\n\n  b:\n    seed: 2\n\n# For all.\nbeam:\n"
    assert add_block(text, "recipes", "b", RECIPE) == f"{wanted}  x: 1\n"


def test_recipe_has_the_indentation_of_the_others() -> None:
    text = add_block("recipes:\n    a:\n        seed: 1\n", "recipes", "b", RECIPE)
    assert yaml.safe_load(text) == {"recipes": {"a": {"seed": 1}, "b": {"seed": 2}}}


def test_first_recipe_takes_the_place_of_an_empty_mapping() -> None:
    text = add_block("recipes: {} # none yet", "recipes", "b", RECIPE)
    assert yaml.safe_load(text) == {"recipes": {"b": {"seed": 2}}}


def test_file_without_recipes_is_refused() -> None:
    with pytest.raises(UsageError, match="expected a line `recipes:`"):
        add_block("datasets: {}\n", "recipes", "b", RECIPE)
