# SPDX-License-Identifier: Apache-2.0
"""`prodl publish`: a passed model into `models/<recipe>/<version>/`."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from components.contracts.purpose import Purpose
from components.core.errors import GateRefused
from components.core.files import remove_in_one_step, replace_atomically
from components.core.hashing import hash_directory
from components.core.json_files import read_json
from components.core.project import project_root, state_dir
from components.evaluator.metrics import METRICS_FILE, SIGNATURE_EXAMPLES_FILE
from components.ingest.source_list import SourceList, read_source_list
from components.model_store.published import KERAS_FILE, read_provenance
from components.model_store.registry import (
    RegisteredVersion,
    find_registered,
    is_intact,
    read_registry,
    register,
)
from components.pusher.card_loading import own_modules
from components.pusher.model_card import CARD_FILE, write_model_card
from components.pusher.serving_check import check_serving
from pipelines.approvals.status import LimitStatus, limit_status
from pipelines.config import Config, load_config
from pipelines.console import say
from pipelines.git_ignore import keep_out_of_git
from pipelines.lock import (
    PUBLISH_OUTPUTS,
    die_with_parent,
    outputs_lock,
    run_lock,
)
from pipelines.published_models import published_folder, published_versions
from pipelines.publishing.evidence import (
    EVIDENCE_FOLDER,
    evidence_folder,
    read_evidence,
    write_evidence,
)
from pipelines.publishing.passed_run import PassedRun, require_passed_run
from pipelines.state_folder import check_place
from pipelines.verdicts import RecipeVerdict

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
    except GateRefused as error:
        root = project_root()
        if not (allow_refused and load_config(root).recipe(recipe).may_be_refused):
            raise
        # DVC wants the folder that the stage has as its out.
        (root / published_folder(recipe)).mkdir(parents=True, exist_ok=True)
        say(str(error))


def publish_recipe(name: str) -> Path:
    """Copy the pushed model of the last run to `models/<name>`, with its evidence.

    The model is loaded in a fresh process and its signatures are called first.

    Args:
        name: Name of the recipe.

    Returns:
        The published folder.

    Raises:
        GateRefused: If the model did not pass its gate, with the checks that failed.
        ModelRefused: If the state folder does not prove that it passed, or it does not
            serve. Earlier published versions stay.
        UsageError: If the recipe was not run in this state folder.
    """
    die_with_parent()
    root, state = project_root(), state_dir()
    config = load_config(root)
    config.recipe(name)
    command = f"prodl publish {name}"
    with run_lock(state, command):
        check_place(state)
        run = require_passed_run(config, state, name)
        with outputs_lock(root, command, PUBLISH_OUTPUTS):
            keep_out_of_git(root, root / "models" / name)
            limits = limit_status(root, run.verdict.data.dataset, run.record.limits)
            if current := _published_as(root, name, run, limits):
                say(f"{current.relative_to(root)} is this model already")
                return current
            target = _publish(config, name, run, limits)
            for old in published_versions(root, name)[KEPT_VERSIONS:]:
                _remove_model(old)
        say(f"published {target.relative_to(root)}")
        return target


def _publish(
    config: Config, name: str, run: PassedRun, limits: LimitStatus | None
) -> Path:
    target = _next_version(config.root, name)
    with replace_atomically(target) as scratch:
        shutil.copytree(run.pushed, scratch)
        recorded = run.evaluation / SIGNATURE_EXAMPLES_FILE
        check_serving(scratch, recorded if recorded.exists() else None)
        shutil.copy(run.evaluation / METRICS_FILE, scratch)
        source_list = read_source_list(config.root, run.verdict.data.dataset)
        evidence = scratch / EVIDENCE_FOLDER
        write_evidence(evidence, config, source_list, run, scratch)
        purpose = config.recipe(name).family_spec.purpose
        lines = limits.lines if limits else ()
        _write_card(scratch, run.verdict, purpose, source_list, recorded, lines)
        # First: a folder without an entry would be refused, an entry without a folder
        # is a version that is not here.
        register(
            target.parent,
            RegisteredVersion(
                version=int(target.name),
                sha256=hash_directory(scratch),
                model_sha256=run.verdict.model_sha256,
                model_key=run.verdict.model_key,
                run=run.verdict.run,
                published=datetime.now(UTC).isoformat(timespec="seconds"),
                evidence_sha256=hash_directory(evidence),
            ),
        )
    return target


def _write_card(
    model: Path,
    verdict: RecipeVerdict,
    purpose: Purpose,
    source_list: SourceList,
    recorded: Path,
    limits: Sequence[str],
) -> None:
    facts = ("title", "licence", "citation", "homepage")
    remedy = f"Evaluate the model again: prodl run {verdict.recipe}"
    write_model_card(
        read_provenance(model),
        read_json(model / METRICS_FILE, remedy),
        [asdict(check) for check in verdict.checks],
        model / CARD_FILE,
        purpose,
        {fact: getattr(source_list, fact) for fact in facts},
        read_json(recorded, remedy) if recorded.exists() else (),
        limits,
        keras_modules=own_modules(model / KERAS_FILE),
    )


def _published_as(
    root: Path, name: str, run: PassedRun, limits: LimitStatus | None
) -> Path | None:
    """The newest version if it is the model of this run, undamaged.

    Limits that were approved since need new evidence, and so a version of its own.
    """
    lines = limits.lines if limits else ()
    for newest in published_versions(root, name)[:1]:
        registered = find_registered(newest.parent, int(newest.name))
        is_same = registered and registered.model_sha256 == run.verdict.model_sha256
        if not is_same or not is_intact(newest):
            continue
        has_evidence = evidence_folder(newest).is_dir()
        if lines == (read_evidence(newest).limits if has_evidence else ()):
            return newest
    return None


def _remove_model(version: Path) -> None:
    """Remove a version that is too old; its evidence stays with the newer ones."""
    evidence = version / EVIDENCE_FOLDER
    kept = version.parent / EVIDENCE_FOLDER / version.name
    if evidence.is_dir() and not kept.exists():
        with replace_atomically(kept) as scratch:
            shutil.copytree(evidence, scratch)
    # A killed removal must not leave half a version.
    remove_in_one_step(version)


def _next_version(root: Path, name: str) -> Path:
    # Seconds, as the stock Pusher counts; servers pick the highest number.
    published = root / published_folder(name)
    known = [v.version for v in read_registry(published)]
    known += [int(path.name) for path in published_versions(root, name)]
    return published / str(max(int(time.time()), max(known, default=0) + 1))
