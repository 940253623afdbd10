# SPDX-License-Identifier: Apache-2.0
"""The model key: one hash of everything that determines a recipe's model.

A published model with the key of the candidate is the candidate itself, and a training
resumes from the checkpoints of its key.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from components.core.hashing import file_sha256
from components.ingest.readers.reader import READERS_BY_MODALITY, find_reader
from components.ingest.source_list import SourceList
from components.model_store.published import PublishedModel
from pipelines.config import DatasetConfig, RecipeConfig
from pipelines.data_version import DataVersion
from pipelines.fingerprint import source_fingerprint


def model_key(
    root: Path,
    recipe: RecipeConfig,
    dataset: DatasetConfig,
    source_list: SourceList,
    data: DataVersion,
    needed_model: PublishedModel | None,
) -> str:
    """Hash what determines a model: data, splits, parameters, seed and code.

    Args:
        root: The project's root folder.
        recipe: The recipe.
        dataset: Settings of its data set.
        source_list: Source list of its data set, for the corrections.
        data: The data version.
        needed_model: The published model that the recipe reads; None if none.

    Returns:
        SHA-256 in lower-case hex.
    """
    determinants = {
        "data": data.content_sha256,
        "corrections": asdict(source_list.corrections),
        "dataset": asdict(dataset),
        "trainer": asdict(recipe.params),
        "files": hash_files(root, recipe),
        "seed": recipe.seed,
        "ingest": ingest_fingerprint(source_list),
        "code": training_fingerprint(recipe),
        "preprocessing": preprocessing_fingerprint(recipe),
        **_own_data(root, source_list),
        **({"preprocess": recipe.preprocess} if recipe.preprocess else {}),
        **(pixel_settings(recipe) if recipe.prepares_pixels else {}),
        # The weights do not depend on it, but the validation metrics of a training do.
        **({"needs": needed_model.sha256} if needed_model else {}),
    }
    text = json.dumps(determinants, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _own_data(root: Path, source_list: SourceList) -> dict[str, Any]:
    """What a user says of data that a reader of any data reads, and groups.

    Nothing of data with a reader of their own, whose keys stay.
    """
    table, group_by = source_list.table, source_list.group_by
    determinants: dict[str, Any] = {"group_by": group_by} if group_by else {}
    if find_reader(source_list) in READERS_BY_MODALITY.values():
        determinants["classes"] = source_list.classes
    if table:
        # Whether a column may miss values is an input of the network.
        schema = root / "data" / source_list.dataset / "schema.pbtxt"
        determinants["table"] = asdict(table)
        determinants["schema"] = file_sha256(schema) if schema.is_file() else ""
    if source_list.ratings:
        determinants["ratings"] = asdict(source_list.ratings)
    return determinants


def hash_files(root: Path, recipe: RecipeConfig) -> dict[str, str]:
    """Path -> SHA-256 of the files that a trainer reads; "" for a missing file."""
    names: tuple[str, ...] = getattr(recipe.params, "files", ())
    paths = {name: root / name for name in names}
    return {
        name: file_sha256(path) if path.is_file() else ""
        for name, path in paths.items()
    }


def training_fingerprint(recipe: RecipeConfig) -> str:
    """Fingerprint of the code that trains a recipe's model.

    A network that the recipe names belongs to it.
    """
    network: str = getattr(recipe.params, "network", "")
    own = (network,) if network else ()
    return source_fingerprint(recipe.family_spec.run_fn, *own)


def pixel_settings(recipe: RecipeConfig) -> dict[str, Any]:
    """Filters and whitening of a recipe, as Transform takes them."""
    return {"filters": list(recipe.filters), "whitening": recipe.whitening}


def preprocessing_fn(recipe: RecipeConfig) -> str:
    """Import path of the function that TFX's Transform calls for a recipe."""
    if recipe.preprocess:
        return "components.transform.own_preprocessing.preprocessing_fn"
    return recipe.family_spec.preprocessing_fn


def preprocessing_fingerprint(recipe: RecipeConfig) -> str:
    """Fingerprint of the code that preprocesses a recipe's examples."""
    family = recipe.family_spec.preprocessing_fn
    own = (preprocessing_fn(recipe), recipe.preprocess) if recipe.preprocess else ()
    return source_fingerprint(family, *own)


def ingest_fingerprint(source_list: SourceList) -> str:
    """Fingerprint of the code that reads a data set: Ingest, and its own reader."""
    reader = find_reader(source_list)
    return source_fingerprint("components.ingest.component", reader)
