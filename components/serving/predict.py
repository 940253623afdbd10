# SPDX-License-Identifier: Apache-2.0
"""Ask a published model for an answer by the task that its signatures show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from types import ModuleType
from typing import Any, Final

from components.contracts.signatures import SAMPLE
from components.core.errors import UsageError
from components.serving import (
    image_classification,
    image_to_image,
    rating_recommendation,
    table_prediction,
    text_generation,
)
from components.serving.answer import Answer
from components.serving.saved_model import SavedModel

# In this order: a model is used for the first whose signature it has.
TASKS: Final[tuple[ModuleType, ...]] = (
    text_generation,
    image_to_image,
    image_classification,
    table_prediction,
    rating_recommendation,
)


def predict(
    model: SavedModel, inputs: Sequence[str], options: Mapping[str, object]
) -> Iterator[Answer]:
    """Give the model's answer to each input, in their order.

    Pictures become classes, or pictures; the beginning of a text is continued; rows of
    a table become classes or numbers; ratings become recommendations. The signatures
    of the model decide which; the modality of its data set decides how a file becomes
    an input.

    Args:
        model: The published model.
        inputs: Files and folders, texts, rows or ratings as JSON, or users.
        options: Options by name, only those that were given.

    Raises:
        UsageError: The model takes no input that a user has, or not such an option.
    """
    task = _task_of(model)
    given = _options(task, options, model)
    answers: Iterator[Answer] = task.predict(model, inputs, given)
    return answers


def _task_of(model: SavedModel) -> ModuleType:
    for task in TASKS:
        if any(model.has_signature(name) for name in task.SIGNATURES):
            return task
    known = [name for task in TASKS for name in task.SIGNATURES]
    hint = "\nIt generates: use `prodl sample`." if model.has_signature(SAMPLE) else ""
    raise UsageError(
        f"{model.path}: no signature gives an answer to pictures, texts, rows or "
        "ratings.\n"
        f"Expected one of {', '.join(known)}.\n"
        f"Received {', '.join(model.signatures)}.{hint}"
    )


def _options(task: ModuleType, given: Mapping[str, object], model: SavedModel) -> Any:
    known = {field.name for field in fields(task.Options)}
    if unknown := sorted(set(given) - known):
        named = ", ".join(map(_flag, unknown))
        valid = ", ".join(map(_flag, sorted(known))) or "none"
        raise UsageError(
            f"{named}: not an option of this model.\n{model.path} is used for "
            f"{task.__name__.rpartition('.')[2].replace('_', ' ')}, with the options: "
            f"{valid}."
        )
    return task.Options(**given)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
