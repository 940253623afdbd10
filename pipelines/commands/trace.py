# SPDX-License-Identifier: Apache-2.0
"""`prodl trace`: lineage from a model to its data, code and metrics, and back.

The provenance.json of a published model is enough to trace it on any machine; the
metadata store, where there is one, adds the executions in between.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from components.core.errors import UsageError
from components.core.project import project_root, state_dir
from components.evaluator.metrics import read_metrics
from components.model_store.published import PROVENANCE_FILE, read_provenance
from components.model_store.registry import read_registry
from pipelines.config import Config, load_config
from pipelines.data_version import describe_commit
from pipelines.lineage.database import DATABASE
from pipelines.lineage.store import ArtifactRecord, LineageStore, flatten
from pipelines.published_models import newest_published, published_versions
from pipelines.publishing.check_list import check_lines
from pipelines.publishing.evidence import (
    EVIDENCE_FOLDER,
    MODEL_PAGE,
    evidence_folder,
)

MIN_HASH = 6
WIDTH = 16


@click.command()
@click.argument("what")
@click.option("--open", "opens_page", is_flag=True, help="Open the page in a browser.")
def command(what: str, opens_page: bool) -> None:
    """Trace a model to its data and checks, or data to its models.

    WHAT is a recipe, a version of its model (models/RECIPE/VERSION, also one that was
    removed since), a data set, or (the start of) a data md5.
    """
    click.echo(trace(what))
    if opens_page:
        _open_page(what)


def trace(what: str) -> str:
    """Trace a model to its data and checks, or data to its models.

    Args:
        what: A recipe, a published version, a data set, or the first characters (at
            least 6) of a data set's md5 or sha256.

    Raises:
        UsageError: If it is none of these, or nothing of it was made yet.
        DamagedFile: If the evidence of a version is not as it was published.
    """
    root = project_root()
    config = load_config(root)
    if version := _find_version(config, what):
        text = trace_model(root, version)
        is_recipe = what in config.recipes
        return f"{text}\n\n{_list_versions(version.parent)}" if is_recipe else text
    models = list(_models_of_data(root, config, what))
    if not models and what not in config.datasets:
        raise UsageError(
            f"{what!r} is no recipe, no published version, no data set, and no hash of "
            "data that made a model begins so.\n"
            f"Recipes: {', '.join(config.recipes)}. "
            f"Data sets: {', '.join(config.datasets)}."
        )
    if not models:
        return f"no published model was made from {what}"
    return "\n\n".join(trace_model(root, model) for model in models)


def trace_model(root: Path, version: Path) -> str:
    """List the data, commit, parameters, metrics and checks of a published version.

    Args:
        root: The project's root folder.
        version: Its folder; where the model was removed, its evidence is enough.

    Raises:
        DamagedFile: If the evidence is not as it was published.
    """
    # First: it compares the evidence, from which all that follows is read.
    checks = check_lines(version)
    evidence = evidence_folder(version)
    provenance: Mapping[str, Any] = read_provenance(evidence)
    data, git = provenance["dataset"], provenance["git"]
    shown = version.relative_to(root) if version.is_relative_to(root) else version
    note = "" if version.is_dir() else f" ({_without_model(version)})"
    lines = {
        "model": f"{shown}{note}",
        "recipe": provenance["recipe"],
        "data": f"{data['name']}/{data['variant']}",
        "data md5 (DVC)": data["dvc_md5"],
        "data sha256": data["content_sha256"],
        "commit": describe_commit(git["commit"], git["dirty"]) or "not in git",
        "seed": provenance["seed"],
        "params": _joined(flatten(provenance["params"])),
        "metrics": _joined(read_metrics(evidence).values),
        **_needs(provenance),
    }
    text = [f"{name:<{WIDTH}} {value}" for name, value in lines.items()]
    text += ["", *checks]
    text += _chain(str(provenance["model_key"]))
    return "\n".join(text)


def _find_version(config: Config, what: str) -> Path | None:
    """The newest version of a recipe, or that of a path, also of a removed one."""
    if what in config.recipes:
        return newest_published(config, what)
    for version in (Path(what).resolve(), (config.root / what).resolve()):
        if version.parent.name == EVIDENCE_FOLDER:
            version = version.parent.parent / version.name
        if not version.name.isdecimal():
            continue
        is_there = (version / PROVENANCE_FILE).exists()
        if is_there or evidence_folder(version).is_dir():
            return version
    return None


def _list_versions(published: Path) -> str:
    lines = [f"{'version':<{WIDTH}} published"]
    for known in read_registry(published):
        folder = published / str(known.version)
        note = "" if folder.is_dir() else f"  ({_without_model(folder)})"
        lines.append(f"{known.version:<{WIDTH}} {known.published}{note}")
    return "\n".join(lines)


def _without_model(version: Path) -> str:
    kept = evidence_folder(version).is_dir()
    return "removed; evidence kept" if kept else "not here"


def _open_page(what: str) -> None:
    version = _find_version(load_config(project_root()), what)
    page = evidence_folder(version) / MODEL_PAGE if version else Path()
    if not page.is_file():
        raise UsageError(f"{what!r} is no published version with a page to open.")
    click.launch(str(page))


def _needs(provenance: Mapping[str, Any]) -> dict[str, str]:
    needs = provenance.get("needs")
    return {"needs": f"{needs['uri']}, sha256 {needs['sha256']}"} if needs else {}


def _models_of_data(root: Path, config: Config, what: str) -> Iterator[Path]:
    for recipe in config.recipes:
        for model in published_versions(root, recipe):
            data: Any = read_provenance(model).get("dataset", {})
            hashes = (data.get("dvc_md5", ""), data.get("content_sha256", ""))
            by_hash = len(what) >= MIN_HASH and any(h.startswith(what) for h in hashes)
            if by_hash or data.get("name") == what:
                yield model


def _chain(model_key: str) -> list[str]:
    path = state_dir() / DATABASE
    if not path.exists():
        return []
    store = LineageStore(path)
    for model in store.artifacts("Model"):
        producer = store.producer(model.id)
        config = producer.parameters.get("custom_config", {}) if producer else {}
        if config.get("model_key") == model_key:
            return _chain_lines(store, model)
    return []


def _chain_lines(store: LineageStore, model: ArtifactRecord) -> list[str]:
    lines = ["", "made by (newest first):"]
    for artifact in (model, *store.ancestors(model.id)):
        producer = store.producer(artifact.id)
        if producer:
            what = f"execution {producer.id} of {producer.node}"
            lines.append(f"  {artifact.type:<24} {what} in run {producer.run}")
    return lines


def _joined(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)}" for name, value in values.items())


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
