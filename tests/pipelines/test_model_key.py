# SPDX-License-Identifier: Apache-2.0
"""The model key changes with each thing that determines a model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from components.contracts.table_layout import Column, TableLayout
from components.core.project import project_root
from components.ingest.corrections import Corrections
from components.ingest.source_list import SourceList, read_source_list
from components.model_store.published import PublishedModel
from pipelines.config import load_config
from pipelines.context import RunContext
from pipelines.data_version import DataVersion
from pipelines.model_key import ingest_fingerprint, model_key

DATA = DataVersion("cervix", "synthetic", "data/raw/cervix", "c" * 64, "m", True)
NEEDED = PublishedModel("models/x/1", "0" * 64)


@pytest.fixture(scope="module")
def context() -> RunContext:
    """A recipe on photographs, which have corrections."""
    config = load_config(project_root())
    source_list = read_source_list(config.root, "cervix")
    return RunContext(config, source_list, DATA, "cervix-cnn")


def _key(context: RunContext, needed: PublishedModel | None = None) -> str:
    recipe, dataset = context.recipe, context.dataset
    return model_key(
        context.root, recipe, dataset, context.source_list, context.data, needed
    )


def _with_recipe(**values: object) -> Callable[[RunContext], RunContext]:
    def change(context: RunContext) -> RunContext:
        recipe = replace(context.recipe, **values)  # type: ignore[arg-type]
        recipes = {**context.config.recipes, context.recipe_name: recipe}
        return replace(context, config=replace(context.config, recipes=recipes))

    return change


def _with_dataset(**values: object) -> Callable[[RunContext], RunContext]:
    def change(context: RunContext) -> RunContext:
        dataset = replace(context.dataset, **values)  # type: ignore[arg-type]
        datasets = {**context.config.datasets, "cervix": dataset}
        return replace(context, config=replace(context.config, datasets=datasets))

    return change


def _other_parameter(context: RunContext) -> RunContext:
    trainer = context.recipe.trainer
    return _with_recipe(trainer={**trainer, "epochs": 99})(context)


def _other_bytes(context: RunContext) -> RunContext:
    return replace(context, data=replace(DATA, content_sha256="d" * 64))


def _other_correction(context: RunContext) -> RunContext:
    corrections = Corrections(labels={"train/Type_2/80": "Type_1"})
    source_list = replace(context.source_list, corrections=corrections)
    return replace(context, source_list=source_list)


@pytest.mark.parametrize(
    "change",
    [
        _with_recipe(seed=98765),
        _other_parameter,
        _other_bytes,
        _other_correction,
        _with_recipe(filters=("mean 3",)),
        _with_recipe(whitening="zca"),
        _with_dataset(split_salt="another"),
        _with_dataset(test_share=0.33),
        _with_dataset(validation_share=0.33),
    ],
)
def test_what_determines_a_model_is_in_its_key(
    context: RunContext, change: Callable[[RunContext], RunContext]
) -> None:
    assert _key(change(context)) != _key(context)


def test_what_a_user_says_of_a_table_is_in_the_key(
    context: RunContext, tmp_path: Path
) -> None:
    table = TableLayout("species", {"mass": Column("number")})
    birds = replace(
        context.source_list,
        dataset="birds",
        modality="table",
        table=table,
        classes=("auk", "gull"),
    )
    (tmp_path / "data" / "birds").mkdir(parents=True)
    schema = tmp_path / "data" / "birds" / "schema.pbtxt"
    schema.write_text("# required")

    def key(source_list: SourceList) -> str:
        arguments = (context.dataset, source_list, context.data, None)
        return model_key(tmp_path, context.recipe, *arguments)

    keys = {
        key(birds),
        # Another order: other indices.
        key(replace(birds, classes=("gull", "auk"))),
        key(replace(birds, group_by="nest")),
        key(replace(birds, table=replace(table, missing=("?",)))),
    }
    schema.write_text("# optional")
    assert len({*keys, key(birds)}) == 5


def test_gate_and_name_do_not_determine_a_model(context: RunContext) -> None:
    gate = _with_recipe(gate={"test_accuracy": {"min": 0.1}})
    assert _key(gate(context)) == _key(context)


def test_needed_model_is_in_the_key(context: RunContext) -> None:
    keys = {_key(context), _key(context, NEEDED)}
    assert len(keys | {_key(context, replace(NEEDED, sha256="1" * 64))}) == 3


def test_files_that_a_training_reads_are_in_the_key(
    context: RunContext, tmp_path: Path
) -> None:
    base = {"name": "MobileNetV2", "weights": "weights.h5", "fine_tune_last": 1}
    trainer = {**context.recipe.trainer, "layers": ["dense 8"], "base": base}
    recipe = _with_recipe(trainer=trainer)(context).recipe
    assert recipe.params.files == ("weights.h5",)
    keys = set()
    for content in (b"", b"weights", b"other weights"):
        (tmp_path / "weights.h5").write_bytes(content)
        arguments = (context.dataset, context.source_list, context.data, None)
        keys.add(model_key(tmp_path, recipe, *arguments))
    assert len(keys) == 3


@pytest.mark.parametrize(
    "module",
    [
        "ingest/readers/cervix.py",
        # What the reader imports.
        "ingest/readers/photo_archive.py",
        "ingest/formats/jpeg.py",
        "ingest/beam/split.py",
        "ingest/corrections.py",
    ],
)
def test_code_that_reads_the_data_is_in_both_keys(
    context: RunContext, copy: Path, module: str
) -> None:
    before = (ingest_fingerprint(context.source_list), _key(context))
    file = copy / "components" / module
    file.write_text(file.read_text() + "\n# one more line\n")
    ingest, key = ingest_fingerprint(context.source_list), _key(context)
    assert ingest != before[0]
    assert key != before[1]


def test_reader_of_other_data_is_not_in_the_key(
    context: RunContext, copy: Path
) -> None:
    before = ingest_fingerprint(context.source_list)
    file = copy / "components" / "ingest" / "readers" / "alice.py"
    file.write_text(file.read_text() + "\n# one more line\n")
    assert ingest_fingerprint(context.source_list) == before


def test_code_of_training_and_preprocessing_is_in_the_key(
    context: RunContext, copy: Path
) -> None:
    keys = {_key(context)}
    for module in ("trainer/cnn/train.py", "transform/images.py"):
        file = copy / "components" / module
        file.write_text(file.read_text() + "\n# one more line\n")
        keys.add(_key(context))
    assert len(keys) == 3
