# SPDX-License-Identifier: Apache-2.0
"""The data steps: from raw files to validated examples.

Acquire -> Ingest -> {examples, items}; items -> ValidateItems -> ItemGate; examples ->
StatisticsGen -> ExampleValidator + DistributionValidator -> SummariseDistributions ->
DistributionGate.
"""

from dataclasses import dataclass
from pathlib import Path

from tfx.components.example_validator.component import ExampleValidator
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.dsl.components.base.base_node import BaseNode

from components.core.errors import UsageError
from components.core.records import to_json
from components.ingest.component import Acquire, Ingest
from components.validation.component import (
    DataGate,
    ProvideSchema,
    SummariseDistributions,
    ValidateItems,
)
from components.validation.distributions.settings import DistributionSettings
from components.validation.distributions.split_validator import SplitComparison
from components.validation.distributions.tfdv_config import (
    split_pairs,
    statistics_options,
    validator_config,
)
from components.validation.items.settings import check_modules
from components.validation.settings import Settings, load_settings
from pipelines.context import RunContext
from pipelines.fingerprint import source_fingerprint
from pipelines.graph.execution_target import ExecutionTarget, Nodes
from pipelines.model_key import ingest_fingerprint
from pipelines.nodes import DISTRIBUTION_GATE, DISTRIBUTION_VALIDATOR, ITEM_GATE


@dataclass(frozen=True)
class DataNodes:
    """The data steps, with those that later steps build on."""

    all: Nodes
    """Every node, in order."""

    ingest: BaseNode
    """Has the output `examples`."""

    schema: BaseNode
    """Has the output `schema`."""

    gate: BaseNode
    """The last gate; a later step waits for it."""


def data_nodes(context: RunContext, target: ExecutionTarget) -> DataNodes:
    """Wire the data steps.

    Args:
        context: The recipe, or the data set alone.
        target: Where the graph runs.

    Raises:
        UsageError: If the data set has no schema.
    """
    settings = load_settings(
        _data_file(context, "expectations.yaml"), context.source_list.item_kind
    )
    acquire, ingest = _ingest_nodes(context, target)
    items = _item_validation_nodes(context, acquire, ingest, settings)
    _, item_gate = items
    statistics = StatisticsGen(
        examples=ingest.outputs["examples"],
        stats_options=statistics_options(
            settings.distributions, context.source_list.item_kind
        ),
    )
    statistics.add_upstream_node(item_gate)
    schema = ProvideSchema(
        schema_text=_read_schema(_data_file(context, "schema.pbtxt")),
        code_fingerprint=_validation_fingerprint(),
    )
    distributions = _distribution_validation_nodes(
        statistics, schema, settings.distributions
    )
    return DataNodes(
        all=(acquire, ingest, *items, statistics, schema, *distributions),
        ingest=ingest,
        schema=schema,
        gate=distributions[-1],
    )


def _ingest_nodes(
    context: RunContext, target: ExecutionTarget
) -> tuple[BaseNode, BaseNode]:
    data, origin = context.data, target.origin
    code_fingerprint = ingest_fingerprint(context.source_list)
    acquire = Acquire(
        dataset=data.dataset,
        variant=target.parameter("data_variant", data.variant),
        raw_folder=data.folder,
        content_sha256=data.content_sha256,
        dvc_md5=target.parameter("data_md5", data.dvc_md5),
        repo=target.parameter("data_repo", origin.repo),
        rev=target.parameter("data_rev", origin.rev),
        remote=target.parameter("data_remote", origin.remote),
        source_list_sha256=context.source_list.sha256,
        code_fingerprint=code_fingerprint,
    )
    ingest = Ingest(
        raw=acquire.outputs["raw"],
        splits=to_json(context.dataset.split_rule),
        code_fingerprint=code_fingerprint,
    )
    return acquire, ingest


def _item_validation_nodes(
    context: RunContext, acquire: BaseNode, ingest: BaseNode, settings: Settings
) -> tuple[BaseNode, BaseNode]:
    validate = ValidateItems(
        items=ingest.outputs["items"],
        raw=acquire.outputs["raw"],
        modality=context.source_list.modality,
        table=_table(context),
        expectations=to_json(settings.items),
        code_fingerprint=_validation_fingerprint(*check_modules(settings.items)),
    )
    gate = DataGate(
        result=validate.outputs["result"],
        stage="items",
        code_fingerprint=_validation_fingerprint(),
    ).with_id(ITEM_GATE)
    return validate, gate


def _distribution_validation_nodes(
    statistics: BaseNode, schema: BaseNode, settings: DistributionSettings
) -> Nodes:
    example_validator = ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    distribution_validator = SplitComparison(
        statistics=statistics.outputs["statistics"],
        config=validator_config(settings),
        split_pairs=split_pairs(settings),
    ).with_id(DISTRIBUTION_VALIDATOR)
    summary = SummariseDistributions(
        statistics=statistics.outputs["statistics"],
        schema=schema.outputs["schema"],
        example_anomalies=example_validator.outputs["anomalies"],
        distribution_anomalies=distribution_validator.outputs["anomalies"],
        expectations=to_json(settings),
        code_fingerprint=_validation_fingerprint(),
    )
    gate = DataGate(
        result=summary.outputs["result"],
        stage="distributions",
        code_fingerprint=_validation_fingerprint(),
    ).with_id(DISTRIBUTION_GATE)
    return example_validator, distribution_validator, summary, gate


def _data_file(context: RunContext, name: str) -> Path:
    return context.root / "data" / context.data.dataset / name


def _read_schema(path: Path) -> str:
    if not path.exists():
        raise UsageError(
            f"{path} does not exist.\nEvery data set needs a curated schema; "
            "data/README.md says how to write one."
        )
    return path.read_text(encoding="utf-8")


def _validation_fingerprint(*modules: str) -> str:
    return source_fingerprint("components.validation.component", *modules)


def _table(context: RunContext) -> str:
    table = context.source_list.table
    return to_json(table) if table else ""
