# SPDX-License-Identifier: Apache-2.0
"""Settings that a recipe starts from where it is like no other one."""

from collections.abc import Mapping
from typing import Any, Final

from components.contracts.modality import ModalityName
from components.core.errors import UsageError
from components.core.records import unknown_name
from components.core.shortening import enumerate_names, quote
from pipelines.config import Config, RecipeConfig
from pipelines.families import FAMILIES

# Modality -> family of a first recipe.
FIRST_FAMILIES: Final[Mapping[ModalityName, str]] = {
    "table": "table",
    "image": "cnn",
    "photograph": "cnn",
    "text": "language_model",
    "ratings": "factors",
}
# Family -> parameters of its trainer; the others are fitted to the data.
_TRAINERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "table": {"optimizer": {"learning_rate": 0.005, "weight_decay": 0.01}},
    "cnn": {
        # Halvings that small pictures have no room for are dropped.
        "layers": [
            *("conv 32 stride 2", "conv 64 stride 2", "conv 128 stride 2"),
            *("conv 128", "average"),
        ],
        "batch_norm": True,
        "dropout": 0.3,
        "optimizer": {"learning_rate": 0.004, "schedule": "one_cycle"},
    },
    # What there is to set follows from the data.
    "factors": {},
    "rnn": {
        "units": 64,
        "optimizer": {"learning_rate": 0.004, "schedule": "one_cycle"},
    },
    "language_model": {
        "dropout": 0.5,
        "num_steps": 32,
        # Without early stopping: the rate falls to 0 at the end of the cycle.
        "optimizer": {
            **{"learning_rate": 0.004, "schedule": "one_cycle"},
            **{"weight_decay": 0.3, "clip_norm": 0.5},
        },
    },
}
_SEED: Final = 1


def start_recipe(family: str, dataset: str, modality: ModalityName) -> RecipeConfig:
    """Return the recipe that is fitted to data if no other one is named.

    Args:
        family: A key of `pipelines/families.py`.
        dataset: Name of the data set.
        modality: What its items are.

    Raises:
        UsageError: There is no such family, it takes other data, or its networks have
            no settings that would do for any data.
    """
    if family not in FAMILIES:
        raise UsageError(unknown_name(family, FAMILIES, "--family: unknown family"))
    fitting = [n for n in _TRAINERS if modality in FAMILIES[n].modalities]
    wanted = f"{dataset!r} holds {modality} data; expected {enumerate_names(fitting)}"
    if modality not in FAMILIES[family].modalities:
        raise UsageError(f"--family: {wanted}.\nReceived {quote(family)}.")
    if family not in _TRAINERS:
        raise UsageError(
            f"--family: {wanted}.\nReceived {quote(family)}, whose settings follow "
            "from no data. Take those of another recipe: --like RECIPE"
        )
    return RecipeConfig(
        dataset=dataset,
        family=family,
        seed=_SEED,
        trainer=_TRAINERS[family],
        gate={},
    )


def new_recipe_command(config: Config, dataset: str, modality: ModalityName) -> str:
    """Return the command that makes a recipe for a data set.

    It is like the first recipe here that takes such data and needs no other one; if
    there is none, of the usual family.

    Args:
        config: All parameters.
        dataset: Name of the data set.
        modality: What its items are.
    """
    for like, recipe in config.recipes.items():
        takes = recipe.family in FAMILIES and recipe.family_spec.modalities
        if takes and modality in takes and not recipe.needed_recipe:
            family, option = recipe.family, f"--like {like}"
            break
    else:
        family = FIRST_FAMILIES[modality]
        option = f"--family {family}"
    words = [word for word in (*dataset.lower().split("_"), *family.split("_")) if word]
    name = "-".join(words)
    while name in config.recipes:
        name += "-2"
    return f"prodl new recipe {name} {option} --data {dataset}"
