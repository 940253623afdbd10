# SPDX-License-Identifier: Apache-2.0
"""`prodl publish`: a passed model into `models/<recipe>/<version>/`."""

import json
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from components.contracts.purpose import Purpose
from components.core.errors import ModelRefused, UsageError
from components.core.files import replace_atomically
from components.core.project import project_root, state_dir
from components.evaluator.metrics import METRICS_FILE, SIGNATURE_EXAMPLES_FILE
from components.ingest.source_list import read_source_list
from components.model_store.published import read_provenance
from components.pusher.model_card import CARD_FILE, write_model_card
from components.pusher.serving_check import check_serving
from pipelines.config import load_config
from pipelines.console import say
from pipelines.lock import die_with_parent, run_lock
from pipelines.published_models import published_folder, published_versions
from pipelines.verdicts import RecipeVerdict, read_recipe_verdict

# The newest version and the one before it, for a rollback and as a baseline.
KEPT_VERSIONS = 2


@click.command()
@click.argument("recipe")
@click.option(
    "--allow-refused",
    is_flag=True,
    help="End well if the model of a recipe with may_be_refused was refused.",
)
def command(recipe: str, allow_refused: bool) -> None:
    """Publish the model of RECIPE to models/RECIPE if it passed its gate."""
    try:
        publish_recipe(recipe)
    except ModelRefused as error:
        root = project_root()
        if not (allow_refused and load_config(root).recipe(recipe).may_be_refused):
            raise
        # DVC wants the folder that the stage has as its out.
        (root / published_folder(recipe)).mkdir(parents=True, exist_ok=True)
        say(str(error))


def publish_recipe(name: str) -> Path:
    """Copy the pushed model of the last run to `models/<name>`, with its model card.

    The model is loaded in a fresh process and its signatures are called first.

    Args:
        name: Name of the recipe.

    Returns:
        The published folder.

    Raises:
        ModelRefused: If the model did not pass its gate, with the checks that failed;
            earlier published versions stay.
        UsageError: If the recipe was not run.
    """
    die_with_parent()
    root, state = project_root(), state_dir()
    purpose = load_config(root).recipe(name).family_spec.purpose
    with run_lock(state, f"prodl publish {name}"):
        verdict = _passed_verdict(root, name)
        pushed = _folder(state, verdict.pushed, name)
        evaluation = _folder(state, verdict.evaluation, name)
        if current := _published_as(root, name, pushed):
            say(f"{current.relative_to(root)} is this model already")
            return current
        target = _next_version(root, name)
        with replace_atomically(target) as scratch:
            shutil.copytree(pushed, scratch)
            recorded = evaluation / SIGNATURE_EXAMPLES_FILE
            check_serving(scratch, recorded if recorded.exists() else None)
            shutil.copy(evaluation / METRICS_FILE, scratch)
            _write_card(root, scratch, verdict, purpose, recorded)
        for old in published_versions(root, name)[KEPT_VERSIONS:]:
            shutil.rmtree(old)
        say(f"published {target.relative_to(root)}")
        return target


def _passed_verdict(root: Path, name: str) -> RecipeVerdict:
    verdict = read_recipe_verdict(root, name)
    if not verdict.passed:
        raise ModelRefused(
            f"{name!r} is not published: {verdict.text}.\n"
            f"See reports/{name}/index.html; what was published before stays."
        )
    return verdict


def _folder(state: Path, relative: str, name: str) -> Path:
    """A folder that the verdict names; DVC may have restored an older verdict."""
    folder = state / relative
    if not relative or not any(folder.glob("*")):
        raise UsageError(
            f"what the run of {name!r} made is not in the state folder {state}.\n"
            f"Make it again with: prodl run {name}"
        )
    return folder


def _write_card(
    root: Path, model: Path, verdict: RecipeVerdict, purpose: Purpose, recorded: Path
) -> None:
    source_list = read_source_list(root, verdict.data.dataset)
    facts = ("title", "licence", "citation", "homepage")
    write_model_card(
        read_provenance(model),
        _read_json(model / METRICS_FILE),
        [asdict(check) for check in verdict.checks],
        model / CARD_FILE,
        purpose,
        {fact: getattr(source_list, fact) for fact in facts},
        _read_json(recorded) if recorded.exists() else (),
    )


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _published_as(root: Path, name: str, pushed: Path) -> Path | None:
    versions = published_versions(root, name)
    if versions and read_provenance(versions[0]) == read_provenance(pushed):
        return versions[0]
    return None


def _next_version(root: Path, name: str) -> Path:
    # Seconds, as the stock Pusher counts; servers pick the highest number.
    highest = max(
        (int(path.name) for path in published_versions(root, name)), default=0
    )
    return root / "models" / name / str(max(int(time.time()), highest + 1))
