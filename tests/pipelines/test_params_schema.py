# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema by which editors complete params.yaml."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from components.core.yaml_files import load_yaml
from pipelines.config import BOOK_FILE, PARAMS_FILE
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.params_schema import SCHEMA_FILE, params_schema, schema_text


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    Draft202012Validator.check_schema(params_schema())
    return Draft202012Validator(params_schema())


def _params(file: str = PARAMS_FILE) -> Any:
    # What JSON has no type for would be another value in an editor.
    return json.loads(json.dumps(load_yaml(PROJECT_ROOT / file)))


def test_committed_schema_is_that_of_the_settings() -> None:
    committed = (PROJECT_ROOT / SCHEMA_FILE).read_text(encoding="utf-8")
    assert committed == schema_text(), "write it: python -m pipelines.params_schema"


@pytest.mark.parametrize("file", [PARAMS_FILE, BOOK_FILE])
def test_committed_parameters_are_valid_and_name_the_schema(
    file: str, schema: Draft202012Validator
) -> None:
    assert [error.message for error in schema.iter_errors(_params(file))] == []
    first = (PROJECT_ROOT / file).read_text(encoding="utf-8").partition("\n")[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (PROJECT_ROOT / file).parent.joinpath(named).resolve() == (
        PROJECT_ROOT / SCHEMA_FILE
    )


def _recipe(params: Any) -> Any:
    return params["recipes"]["mnist-cnn"]


@pytest.mark.parametrize(
    "change",
    [
        lambda params: params.update(recipe={}),
        lambda params: params.pop("beam"),
        lambda params: params["datasets"]["mnist"].update(tokens="letters"),
        lambda params: _recipe(params).update(family="cnm"),
        lambda params: _recipe(params).update(seed="1"),
        lambda params: _recipe(params).update(gate={}),
        lambda params: _recipe(params)["trainer"].update(epoch=1),
        lambda params: _recipe(params)["trainer"].update(cell="lstm"),
        lambda params: _recipe(params)["trainer"]["optimizer"].update(name="adma"),
        lambda params: _recipe(params)["gate"].update(test_perplexity={"max": 1}),
        lambda params: _recipe(params)["gate"].update(test_accuracy={"mni": 1}),
    ],
)
def test_mistakes_are_invalid(
    change: Callable[[Any], object], schema: Draft202012Validator
) -> None:
    params = _params()
    change(params)
    assert not schema.is_valid(params)


def test_every_setting_of_every_family_is_described(
    schema: Draft202012Validator,
) -> None:
    undescribed = [
        f"{name}.{key}"
        for name, definition in schema.schema["$defs"].items()
        for key, value in definition["properties"].items()
        if "description" not in value
    ]
    assert undescribed == []


def test_own_metrics_and_gates_are_valid(schema: Draft202012Validator) -> None:
    params = _params()
    _recipe(params)["gate"]["mine.gates.small_enough"] = {"most": 3}
    assert schema.is_valid(params)
    _recipe(params)["gate"]["test_cost"] = {"max": 3}
    assert not schema.is_valid(params)
    _recipe(params)["metrics"] = ["mine.metrics.cost"]
    assert schema.is_valid(params)


def test_limits_of_a_class_are_valid(schema: Draft202012Validator) -> None:
    params = _params()
    _recipe(params)["gate"]["test_recall_of_7"] = {"min": 0.9}
    assert schema.is_valid(params)
