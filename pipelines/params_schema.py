# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema of params.yaml and book/params.yaml, by which editors complete them.

It is derived from the dataclasses that check the files, and lies beside params.yaml.
Write it again after a change of a setting, a family or a metric:

    python -m pipelines.params_schema
"""

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from itertools import pairwise
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from components.core.files import write_text
from components.core.records import adapter
from components.evaluator.gate import CLASS_MARK, Limits
from pipelines.config import BookFile, ParamsFile
from pipelines.families import FAMILIES, Family
from pipelines.fingerprint import PROJECT_ROOT

SCHEMA_FILE: Final = "params.schema.json"
# In a regular expression, what stands for `<class>` in the name of a metric.
_ANY_CLASS: Final = ".+"
_OWN_METRIC: Final = "^test_[a-z0-9_]+$"
# An import path; names of metrics have no dots.
_OWN_GATE: Final = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"


def params_schema() -> dict[str, Any]:
    """Build the JSON Schema of both files.

    The keys of `trainer` and of `gate` follow from the `family` of a recipe.
    """
    classes = {name: family.params_class for name, family in FAMILIES.items()}
    refs, definitions = _schemas({**classes, "": ParamsFile, "gate": Limits})
    file = definitions[ParamsFile.__name__]
    recipe = definitions["RecipeConfig"]
    recipe["properties"]["family"]["enum"] = list(FAMILIES)
    recipe["allOf"] = [
        _if_family(
            name,
            {"trainer": refs[name], "gate": _gate(family, refs["gate"], has_own)},
            has_own,
        )
        for name, family in FAMILIES.items()
        for has_own in (False, True)[: 1 + family.has_answers]
    ]
    # book/params.yaml has the recipes alone.
    [only] = BookFile.__dataclass_fields__
    others = [key for key in file["required"] if key != only]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **file,
        "title": "Parameters of prodl",
        "required": [only],
        "dependentRequired": dict.fromkeys(others, others),
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def schema_text() -> str:
    """Return the content of params.schema.json."""
    return json.dumps(params_schema(), indent=1) + "\n"


def _schemas(
    classes: Mapping[str, Any],
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return a reference for each class, and the definitions of all of them."""
    schemas, rest = TypeAdapter.json_schemas(
        [(name, "validation", adapter(cls)) for name, cls in classes.items()],
        schema_generator=_Generator,
    )
    refs = {name: schema["anyOf"][0] for (name, _), schema in schemas.items()}
    return refs, rest["$defs"]


class _Generator(GenerateJsonSchema):
    """Generator that describes a field by the text below it, also in a base class."""

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        result = super().dataclass_schema(schema)
        bases: tuple[type[Any], ...] = schema["cls"].__mro__
        for cls in (base for base in bases if is_dataclass(base)):
            for name, text in _field_texts(cls):
                result["properties"][name].setdefault("description", text)
        return result


def _field_texts(cls: type[Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that a class itself has, with the text below each."""
    [definition] = ast.parse(inspect.getsource(cls)).body
    assigned = getattr(definition, "body", [])
    for field, below in pairwise(assigned):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)


def _if_family(
    name: str, properties: Mapping[str, Any], has_own_metrics: bool
) -> dict[str, Any]:
    """Rules of the recipes of a family, with metrics of the user's own or without."""
    metrics = {"required": ["metrics"]}
    condition = {
        "properties": {"family": {"const": name}},
        "required": ["family"],
        "allOf": [metrics if has_own_metrics else {"not": metrics}],
    }
    return {"if": condition, "then": {"properties": dict(properties)}}


def _gate(
    family: Family, limits: Mapping[str, Any], has_own_metrics: bool
) -> dict[str, Any]:
    names = family.metric_names
    plain = [name for name in names if CLASS_MARK not in name]
    by_class = [name.replace(CLASS_MARK, _ANY_CLASS) for name in names]
    # The name of each function is that of a metric.
    own = {_OWN_METRIC: limits} if has_own_metrics else {}
    return {
        "minProperties": 1,
        "properties": dict.fromkeys(plain, limits),
        "patternProperties": {
            **{f"^{name}$": limits for name in by_class if name not in plain},
            **own,
            _OWN_GATE: {"type": "object"},
        },
        "additionalProperties": False,
    }


if __name__ == "__main__":
    write_text(PROJECT_ROOT / SCHEMA_FILE, schema_text())
