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
from components.evaluator.metrics import METRICS_FILE, read_metrics
from components.model_store.published import read_provenance
from pipelines.config import Config, load_config
from pipelines.data_version import describe_commit
from pipelines.lineage.store import DATABASE, ArtifactRecord, LineageStore, flatten
from pipelines.published_models import newest_published, published_versions

MIN_HASH = 6
WIDTH = 16


@click.command()
@click.argument("what")
def command(what: str) -> None:
    """Trace a model to its data, or data to its models.

    WHAT is a recipe, a model folder, a data set, or (the start of) a data md5.
    """
    click.echo(trace(what))


def trace(what: str) -> str:
    """Trace a model to its data, or data to its models.

    Args:
        what: A recipe, a published model folder, a data set, or the first characters
            (at least 6) of a data set's md5 or sha256.

    Raises:
        UsageError: If it is none of these, or nothing of it was made yet.
    """
    root = project_root()
    config = load_config(root)
    if what in config.recipes:
        return trace_model(root, newest_published(config, what))
    if Path(what, "provenance.json").exists():
        return trace_model(root, Path(what).resolve())
    models = list(_models_of_data(root, config, what))
    if not models and what not in config.datasets:
        raise UsageError(
            f"{what!r} is no recipe, no model folder, no data set, and no hash of data "
            "that made a model begins so.\n"
            f"Recipes: {', '.join(config.recipes)}. "
            f"Data sets: {', '.join(config.datasets)}."
        )
    if not models:
        return f"no published model was made from {what}"
    return "\n\n".join(trace_model(root, model) for model in models)


def trace_model(root: Path, model: Path) -> str:
    """List the data, commit, parameters and metrics of a model.

    Args:
        root: The project's root folder.
        model: Folder of the model, with its provenance.json.
    """
    provenance: Mapping[str, Any] = read_provenance(model)
    data, git = provenance["dataset"], provenance["git"]
    lines = {
        "model": model.relative_to(root) if model.is_relative_to(root) else model,
        "recipe": provenance["recipe"],
        "data": f"{data['name']}/{data['variant']}",
        "data md5 (DVC)": data["dvc_md5"],
        "data sha256": data["content_sha256"],
        "commit": describe_commit(git["commit"], git["dirty"]) or "not in git",
        "seed": provenance["seed"],
        "params": _joined(flatten(provenance["params"])),
        "metrics": _joined(_metrics(model)),
        **_needs(provenance),
    }
    text = [f"{name:<{WIDTH}} {value}" for name, value in lines.items()]
    text += _chain(str(provenance["model_key"]))
    return "\n".join(text)


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


def _metrics(model: Path) -> dict[str, float]:
    # Those of this very model; metrics/<recipe>.json is about the last run.
    return read_metrics(model).values if (model / METRICS_FILE).exists() else {}


def _joined(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)}" for name, value in values.items())


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
