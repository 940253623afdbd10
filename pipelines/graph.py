# SPDX-License-Identifier: Apache-2.0
"""The one graph of a recipe: wiring only, the same for every place it runs in.

Acquire -> Ingest -> {examples, items}; items -> ValidateItems -> gate; examples ->
StatisticsGen -> ExampleValidator + DistributionValidator -> gate -> Transform ->
Trainer -> FindBaseline -> Evaluate -> Pusher. No Importer, Resolver, conditional or
module_file: the Kubeflow compiler and the local runner then accept the same nodes.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tfx.components.example_validator.component import ExampleValidator
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.metadata import sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.proto.pusher_pb2 import PushDestination
from tfx.proto.trainer_pb2 import EvalArgs, TrainArgs

from components.contracts.items import SPLITS
from components.core.errors import UsageError
from components.evaluator.component import Evaluate
from components.evaluator.examples import BATCH_SIZE
from components.ingest.checksums import file_sha256
from components.ingest.component import Acquire, Ingest
from components.ingest.readers.registry import READERS
from components.ingest.source_list import SourceList, read_source_list
from components.model_store.published import PublishedModel
from components.pusher.component import FindBaseline, StorePusher
from components.validation.component import (
    DataGate,
    ProvideSchema,
    SummariseDistributions,
    ValidateItems,
)
from components.validation.distributions.split_validator import SplitComparison
from components.validation.distributions.tfdv_config import (
    split_pairs,
    statistics_options,
    validator_config,
)
from components.validation.settings import load_settings, to_json
from pipelines.config import Config, DatasetConfig, RecipeConfig
from pipelines.data_version import DataVersion
from pipelines.fingerprint import source_fingerprint
from pipelines.published_models import Baseline, find_needs

TRAIN, VALIDATION, TEST = SPLITS


@dataclass(frozen=True)
class DataOrigin:
    """Where a machine without the data folder gets the data.

    Attributes:
        repo: Git repository with the dvc.lock; empty for the one at hand.
        rev: Revision of it; empty for the newest.
        remote: DVC remote, by name or address; empty for the default.
    """

    repo: str = ""
    rev: str = ""
    remote: str = ""


def _constant(name: str, value: str) -> Any:
    del name
    return value


def _nothing(nodes: tuple[BaseNode, ...]) -> tuple[BaseNode, ...]:
    del nodes
    return ()


@dataclass(frozen=True)
class Place:
    """Where a graph keeps its state.

    Attributes:
        pipeline_name: Part of TFX's cache key: the data set here, so that its recipes
            share the data steps; the recipe on a cluster.
        pipeline_root: Folder or bucket for artifacts.
        push_destination: Folder or bucket that receives blessed models.
        published: Folder, relative to the project's root, or bucket of the models that
            a candidate is compared with.
        metadata_path: SQLite file of MLMD; None where the platform brings its own.
        origin: Where the data come from if the data folder is not there.
        parameter: What a node receives for a named value of the data version: the value
            here, a parameter of the pipeline on a cluster.
        last_nodes: What the place adds behind the nodes: nothing here, where the run
            writes its page by itself.
    """

    pipeline_name: str
    pipeline_root: str
    push_destination: str
    published: str = ""
    metadata_path: str | None = None
    origin: DataOrigin = DataOrigin()
    parameter: Callable[[str, str], Any] = _constant
    last_nodes: Callable[[tuple[BaseNode, ...]], tuple[BaseNode, ...]] = _nothing


@dataclass(frozen=True)
class DataNodes:
    """The data steps, with those that later steps build on."""

    all: tuple[BaseNode, ...]
    ingest: BaseNode
    schema: BaseNode
    gate: BaseNode


def build(
    name: str, config: Config, data: DataVersion, baseline: Baseline, place: Place
) -> Pipeline:
    """Wire the whole graph of a recipe.

    Args:
        name: Name of the recipe.
        config: All parameters.
        data: The data version it runs on.
        baseline: The published model that the candidate is compared with, as far as it
            is known when the graph is built.
        place: Where the graph keeps its state.
    """
    recipe = config.recipe(name)
    needs = find_needs(config.root, recipe.needs)
    source_list = read_source_list(config.root, recipe.dataset)
    nodes = _data_nodes(config, source_list, data, place)
    facts = dataset_facts(source_list, data)
    transform = Transform(
        examples=nodes.ingest.outputs["examples"],
        schema=nodes.schema.outputs["schema"],
        preprocessing_fn=recipe.code.preprocessing_fn,
        # Images pass as bytes and are decoded in the input function: storing them
        # once more would cost time and disk and give nothing.
        materialize=False,
        disable_statistics=True,
        custom_config={
            "classes": list(source_list.classes),
            "tokens": config.dataset(recipe.dataset).tokens,
            "code_fingerprint": source_fingerprint(recipe.code.preprocessing_fn),
        },
    )
    transform.add_upstream_node(nodes.gate)
    key = model_key(config, name, data)
    trainer = Trainer(
        examples=nodes.ingest.outputs["examples"],
        transform_graph=transform.outputs["transform_graph"],
        run_fn=recipe.code.run_fn,
        train_args=TrainArgs(splits=[TRAIN]),
        eval_args=EvalArgs(splits=[VALIDATION]),
        custom_config=_trainer_config(name, config, facts, key, needs),
    )
    published = FindBaseline(
        published=place.published,
        model_key=key,
        known_sha256=baseline.sha256,
        code_fingerprint=source_fingerprint("components.pusher.component"),
    )
    # As late as it may: what was published meanwhile counts.
    published.add_upstream_node(trainer)
    evaluate = Evaluate(
        examples=nodes.ingest.outputs["examples"],
        model=trainer.outputs["model"],
        evaluate_fn=recipe.code.evaluate_fn,
        gate=json.dumps(recipe.gate, sort_keys=True),
        dataset=json.dumps(facts, sort_keys=True),
        split=TEST,
        baseline_uri=published.outputs["uri"].future()[0].value,
        baseline_sha256=published.outputs["sha256"].future()[0].value,
        code_fingerprint=source_fingerprint(
            "components.evaluator.component", recipe.code.evaluate_fn
        ),
        # Kubeflow's specification drops the defaults of a function component.
        batch_size=BATCH_SIZE,
        needs_uri=needs.uri if needs else "",
        needs_sha256=needs.sha256 if needs else "",
    )
    pusher = StorePusher(
        model=trainer.outputs["model"],
        model_blessing=evaluate.outputs["blessing"],
        push_destination=PushDestination(
            filesystem=PushDestination.Filesystem(base_directory=place.push_destination)
        ),
    ).with_id("Pusher")
    steps = (*nodes.all, transform, trainer, published, evaluate, pusher)
    return _pipeline(config, place, (*steps, *place.last_nodes(steps)))


def build_validation(
    dataset: str, config: Config, data: DataVersion, place: Place
) -> Pipeline:
    """Wire the data steps alone: what `prodl validate` runs."""
    source_list = read_source_list(config.root, dataset)
    nodes = _data_nodes(config, source_list, data, place)
    return _pipeline(config, place, nodes.all)


def model_key(config: Config, name: str, data: DataVersion) -> str:
    """Hash what determines a recipe's model: data, split, parameters, seed, code."""
    recipe = config.recipe(name)
    code, needs = recipe.code, find_needs(config.root, recipe.needs)
    corrections = read_source_list(config.root, recipe.dataset).corrections
    determinants = {
        "data": data.content_sha256,
        "corrections": asdict(corrections),
        "dataset": asdict(config.dataset(recipe.dataset)),
        "trainer": asdict(recipe.params),
        "files": _file_hashes(config, recipe),
        "seed": recipe.seed,
        "ingest": _ingest_fingerprint(recipe.dataset),
        "code": _training_fingerprint(recipe),
        "preprocessing": source_fingerprint(code.preprocessing_fn),
        # Its course is watched with that model, though its weights do not depend on it.
        **({"needs": needs.sha256} if needs else {}),
    }
    text = json.dumps(determinants, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def dataset_facts(source_list: SourceList, data: DataVersion) -> dict[str, Any]:
    """What trainer and evaluator must know of the data set, as JSON."""
    return {
        "name": data.dataset,
        "variant": data.variant,
        "classes": list(source_list.classes),
        "image_shape": list(source_list.image_shape),
        "encoding": source_list.encoding,
        "content_sha256": data.content_sha256,
        "dvc_md5": data.dvc_md5,
    }


def _data_nodes(
    config: Config, source_list: SourceList, data: DataVersion, place: Place
) -> DataNodes:
    dataset = config.dataset(data.dataset)
    settings_file = config.root / "data" / data.dataset / "expectations.yaml"
    settings = load_settings(settings_file)
    distributions = settings.distributions
    schema_file = config.root / "data" / data.dataset / "schema.pbtxt"
    validation_source = source_fingerprint("components.validation.component")

    acquire = Acquire(
        dataset=data.dataset,
        variant=place.parameter("data_variant", data.variant),
        raw_folder=data.folder,
        content_sha256=data.content_sha256,
        dvc_md5=place.parameter("data_md5", data.dvc_md5),
        repo=place.parameter("data_repo", place.origin.repo),
        rev=place.parameter("data_rev", place.origin.rev),
        remote=place.parameter("data_remote", place.origin.remote),
        source_list_sha256=source_list.sha256,
        code_fingerprint=_ingest_fingerprint(data.dataset),
    )
    ingest = Ingest(
        raw=acquire.outputs["raw"],
        splits=_split_json(dataset),
        code_fingerprint=_ingest_fingerprint(data.dataset),
    )
    validate_items = ValidateItems(
        items=ingest.outputs["items"],
        raw=acquire.outputs["raw"],
        expectations=to_json(settings.items),
        code_fingerprint=validation_source,
    )
    item_gate = DataGate(
        result=validate_items.outputs["result"],
        stage="items",
        code_fingerprint=validation_source,
    ).with_id("ItemGate")
    statistics = StatisticsGen(
        examples=ingest.outputs["examples"],
        stats_options=statistics_options(distributions, source_list.encoding),
    )
    statistics.add_upstream_node(item_gate)
    schema = ProvideSchema(
        schema_text=_read_schema(schema_file), code_fingerprint=validation_source
    )
    example_validator = ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    distribution_validator = SplitComparison(
        statistics=statistics.outputs["statistics"],
        config=validator_config(distributions),
        split_pairs=split_pairs(distributions),
    ).with_id("DistributionValidator")
    summary = SummariseDistributions(
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        example_anomalies=example_validator.outputs["anomalies"],
        distribution_anomalies=distribution_validator.outputs["anomalies"],
        expectations=to_json(distributions),
        code_fingerprint=validation_source,
    )
    gate = DataGate(
        result=summary.outputs["result"],
        stage="distributions",
        code_fingerprint=validation_source,
    ).with_id("DistributionGate")
    nodes = (
        *(acquire, ingest, validate_items, item_gate, statistics, schema),
        *(example_validator, distribution_validator, summary, gate),
    )
    return DataNodes(all=nodes, ingest=ingest, schema=schema, gate=gate)


def _read_schema(path: Path) -> str:
    if not path.exists():
        raise UsageError(
            f"{path} does not exist.\nEvery data set needs a curated schema; "
            "data/README.md says how to write one."
        )
    return path.read_text(encoding="utf-8")


def _trainer_config(
    name: str,
    config: Config,
    facts: dict[str, Any],
    key: str,
    needs: PublishedModel | None,
) -> dict[str, Any]:
    recipe = config.recipe(name)
    return {
        "recipe": name,
        "seed": recipe.seed,
        "params": asdict(recipe.params),
        "files": _file_hashes(config, recipe),
        "dataset": facts,
        "model_key": key,
        "code_fingerprint": _training_fingerprint(recipe),
        **({"needs": asdict(needs)} if needs else {}),
    }


def _file_hashes(config: Config, recipe: RecipeConfig) -> dict[str, str]:
    """Path -> hash of files a trainer reads; of one that is missing, an empty hash."""
    names: tuple[str, ...] = getattr(recipe.params, "files", ())
    paths = {name: config.root / name for name in names}
    return {
        name: file_sha256(path) if path.is_file() else ""
        for name, path in paths.items()
    }


def _training_fingerprint(recipe: RecipeConfig) -> str:
    # The report's drawing code is left out: a changed chart must not train again.
    return source_fingerprint(recipe.code.run_fn, without="components.report")


def _ingest_fingerprint(dataset: str) -> str:
    return source_fingerprint("components.ingest.component", READERS[dataset])


def _split_json(dataset: DatasetConfig) -> str:
    splits = {
        "salt": dataset.split_salt,
        "validation_share": dataset.validation_share,
        "test_share": dataset.test_share,
    }
    return json.dumps(splits, sort_keys=True)


def _pipeline(config: Config, place: Place, nodes: tuple[BaseNode, ...]) -> Pipeline:
    connection = None
    if place.metadata_path:
        connection = sqlite_metadata_connection_config(place.metadata_path)
    return Pipeline(
        pipeline_name=place.pipeline_name,
        pipeline_root=place.pipeline_root,
        components=list(nodes),
        enable_cache=True,
        metadata_connection_config=connection,
        beam_pipeline_args=list(config.beam.pipeline_args),
    )
