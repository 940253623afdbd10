# SPDX-License-Identifier: Apache-2.0
"""Put a blessed model where its users find it: `models/<recipe>/<version>/`."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from components.errors import ModelRefused, UsageError
from components.evaluator.metrics import METRICS_FILE
from components.ingest.sources import read_source_list
from components.project import project_root, state_dir
from components.pusher.model_card import CARD_FILE, write_model_card
from components.pusher.serving_check import check_serving
from pipelines.baseline import published_versions, read_provenance
from pipelines.config import load_config
from pipelines.console import say
from pipelines.lock import die_with_parent
from pipelines.outcome import read_verdict, verdict_text
from pipelines.record import load_record

# The published version and the one before it, for a rollback and as a baseline.
KEPT_VERSIONS = 2
# Examples with the answers of the evaluated model, where its evaluator left some.
PROBES_FILE = "probes.json"


def publish_recipe(name: str) -> Path:
    """Copy the model that a run pushed into `models/<name>`, checked and with its card.

    The model is loaded in a fresh process and must answer before it takes its place.

    Args:
        name: Name of the recipe.

    Returns:
        The published folder.

    Raises:
        ModelRefused: If the gate did not bless the model, with the checks that failed;
            what was published before stays.
        UsageError: If the recipe was not run.
    """
    die_with_parent()
    root = project_root()
    load_config(root).recipe(name)
    verdict = _blessed_verdict(root, name)
    pushed = state_dir() / "pushed" / name / verdict["pushed"]
    if not verdict["pushed"] or not pushed.is_dir():
        raise UsageError(
            f"the model that {name!r} pushed is not in the state folder {state_dir()}."
            "\n"
            f"Make it again with: prodl run {name}"
        )
    if current := _published_as(root, name, pushed):
        say(f"{current.relative_to(root)} is this model already")
        return current
    evaluation = _evaluation(name)
    target = _next_version(root, name, pushed)
    scratch = target.with_name(f".{target.name}.part")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(pushed, scratch)
    probes = evaluation / PROBES_FILE
    check_serving(scratch, probes if probes.exists() else None)
    _write_card(root, scratch, evaluation, verdict)
    os.replace(scratch, target)
    for old in published_versions(root, name)[KEPT_VERSIONS:]:
        shutil.rmtree(old)
    say(f"published {target.relative_to(root)}")
    return target


def _verdict(root: Path, name: str) -> dict[str, Any]:
    verdict = read_verdict(root, name)
    if verdict is None:
        raise UsageError(f"{name!r} has no verdict yet. Run first: prodl run {name}")
    return verdict


def _blessed_verdict(root: Path, name: str) -> dict[str, Any]:
    verdict = _verdict(root, name)
    if not verdict["blessed"]:
        raise ModelRefused(
            f"{name!r} is not published: {verdict_text(verdict)}.\n"
            f"See reports/{name}/index.html; what was published before stays."
        )
    return verdict


def _evaluation(name: str) -> Path:
    record = load_record(state_dir(), name)
    evaluation = record.output("Evaluate", "evaluation") if record else None
    if evaluation is None:
        raise UsageError(
            f"the evaluation of {name!r} is not in the state folder {state_dir()}.\n"
            f"Make it again with: prodl run {name}"
        )
    return evaluation


def _write_card(
    root: Path, model: Path, evaluation: Path, verdict: dict[str, Any]
) -> None:
    source_list = read_source_list(root, verdict["data"]["dataset"])
    facts = ("title", "licence", "citation", "homepage")
    write_model_card(
        read_provenance(model),
        json.loads((evaluation / METRICS_FILE).read_text(encoding="utf-8")),
        verdict["checks"],
        model / CARD_FILE,
        {fact: getattr(source_list, fact) for fact in facts},
    )


def _published_as(root: Path, name: str, pushed: Path) -> Path | None:
    versions = published_versions(root, name)
    if versions and read_provenance(versions[0]) == read_provenance(pushed):
        return versions[0]
    return None


def _next_version(root: Path, name: str, pushed: Path) -> Path:
    # A version that comes back must be the highest again: servers pick the highest.
    highest = max(
        (int(path.name) for path in published_versions(root, name)), default=0
    )
    return root / "models" / name / str(max(int(pushed.name), highest + 1))
