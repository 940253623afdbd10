# SPDX-License-Identifier: Apache-2.0
"""`needs` names a published model: its version and hash enter the graph."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.core.hashing import hash_directory
from components.ingest.source_list import read_source_list
from components.model_store.published import PublishedModel
from pipelines.config import Config, load_config
from pipelines.context import RunContext
from pipelines.data_version import DataVersion
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.graph.pipeline import build_recipe
from pipelines.local.runner import local_target
from pipelines.published_models import find_needed_model
from tests.support.project import make_project
from tests.support.published import publish_bytes

GAN = {
    "dataset": "mnist",
    "family": "gan",
    "needs": "mnist-cnn",
    "seed": 1,
    "trainer": {
        "epochs": 1,
        "batch_size": 32,
        "generator": {"learning_rate": 0.001},
        "discriminator": {"learning_rate": 0.001},
    },
    "gate": {"test_frechet_share": {"max": 1.0}},
}
DATA = DataVersion("mnist", "official", "data/raw/mnist/official", "c", "d", None)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    project = make_project(tmp_path_factory.mktemp("needs") / "project")
    project.edit_yaml("params.yaml", lambda p: p["recipes"].update({"mnist-gan": GAN}))
    return load_config(project.root)


def _context(config: Config, recipe: str) -> RunContext:
    """A context of its own, as a new command has it."""
    return RunContext(config, read_source_list(config.root, "mnist"), DATA, recipe)


def _publish(config: Config, version: int, content: bytes) -> Path:
    folder = config.root / "models" / "mnist-cnn" / str(version)
    return publish_bytes(folder, content)


def test_recipe_that_needs_none_reads_no_model(config: Config) -> None:
    assert find_needed_model(config, "mnist-cnn") is None


def test_missing_model_is_an_error_with_the_command_that_makes_it(
    config: Config,
) -> None:
    with pytest.raises(UsageError, match="dvc repro publish@mnist-cnn"):
        find_needed_model(config, "mnist-gan")


def test_missing_model_of_the_book_is_made_by_its_own_stages(config: Config) -> None:
    of_the_book = replace(config, book=frozenset({"mnist-cnn"}))
    with pytest.raises(UsageError, match="repro book/dvc.yaml:publish@mnist-cnn"):
        find_needed_model(of_the_book, "mnist-gan")


def test_newest_version_enters_trainer_evaluator_and_model_key(config: Config) -> None:
    _publish(config, 9, b"old")
    before = _context(config, "mnist-gan").model_key
    newest = _publish(config, 10, b"new")
    needs = {"uri": "models/mnist-cnn/10", "sha256": hash_directory(newest)}

    target = local_target(config.root / "state", "mnist", "mnist-gan")
    context = _context(config, "mnist-gan")
    nodes = build_recipe(context, PublishedModel(), target).components
    by_id = {node.id: node.exec_properties for node in nodes}

    assert json.loads(by_id["Trainer"]["custom_config"])["needs"] == needs
    assert by_id["Evaluate"]["needs_uri"] == needs["uri"]
    assert by_id["Evaluate"]["needs_sha256"] == needs["sha256"]
    assert _context(config, "mnist-gan").model_key != before


def test_recipe_without_a_need_is_untouched_by_published_models(
    config: Config,
) -> None:
    before = _context(config, "mnist-cnn").model_key
    _publish(config, 11, b"newer")
    assert _context(config, "mnist-cnn").model_key == before

    target = local_target(config.root / "state", "mnist", "mnist-cnn")
    context = _context(config, "mnist-cnn")
    nodes = build_recipe(context, PublishedModel(), target).components
    (trainer,) = (node for node in nodes if node.id == "Trainer")
    assert "needs" not in json.loads(trainer.exec_properties["custom_config"])


def test_every_recipe_of_the_project_that_needs_a_model_names_a_recipe() -> None:
    config = load_config(PROJECT_ROOT)
    for recipe in config.recipes.values():
        assert recipe.needed_recipe is None or recipe.needed_recipe in config.recipes
