# SPDX-License-Identifier: Apache-2.0
"""The TFX components of validation."""

from pathlib import Path
from typing import Final, cast

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types.artifact import Artifact
from tfx.types.standard_artifacts import ExampleAnomalies, ExampleStatistics, Schema

from components.contracts.artifacts import (
    DataBlessing,
    ItemTable,
    RawDataset,
    ValidationResult,
)
from components.contracts.modality import ModalityName, find_modality
from components.contracts.table_layout import TableLayout
from components.core.records import from_json
from components.validation.distributions.schema import write_schema
from components.validation.distributions.settings import DistributionSettings
from components.validation.distributions.summarise import summarise_distributions
from components.validation.gate import BLESSED_FILE, pass_or_refuse
from components.validation.items.settings import ItemSettings
from components.validation.verdict import Verdict

# Custom properties of the raw data that the report may show.
_RAW_FACTS: Final = (
    "dataset",
    "variant",
    "licence",
    "citation",
    "homepage",
    "content_sha256",
    "dvc_md5",
    "source_list_sha256",
)


@component
def ValidateItems(  # noqa: N802
    items: InputArtifact[ItemTable],
    raw: InputArtifact[RawDataset],
    result: OutputArtifact[ValidationResult],
    modality: Parameter[str],
    table: Parameter[str],
    expectations: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Check the item table; bad data make a failed verdict, not an error.

    Args:
        items: Item table from Ingest.
        raw: Raw data, whose facts the report shows.
        result: `verdict.json` and the data of the section `items`; custom properties
            `passed` and `failed_checks`.
        modality: Name of the modality: what an item is.
        table: `to_json` of the columns of a table; empty for other data.
        expectations: `to_json` of the settings for items.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    # Great Expectations takes 4 s to import; building a graph, running another node or
    # finding this one cached does not need it.
    from components.validation.items.validate import validate_items

    del code_fingerprint
    facts = {
        name: raw.get_string_custom_property(name)
        for name in _RAW_FACTS
        if raw.has_custom_property(name)
    }
    settings = from_json(ItemSettings, expectations, "expectations.items")
    layout = from_json(TableLayout, table, "table") if table else None
    kind = find_modality(cast(ModalityName, modality), layout)
    verdict = validate_items(items.uri, kind, settings, result.uri, facts, layout)
    _record(verdict, result)


@component
def ProvideSchema(  # noqa: N802
    schema: OutputArtifact[Schema],
    schema_text: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Write the curated schema as an artifact, with its text in the cache key.

    The cache key of TFX's ImportSchemaGen holds the path: a changed file would be
    served from the cache.

    Args:
        schema: Schema, as `schema.pbtxt`.
        schema_text: Content of `data/<dataset>/schema.pbtxt`.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    del code_fingerprint
    write_schema(schema_text, schema.uri)


@component
def SummariseDistributions(  # noqa: N802
    statistics: InputArtifact[ExampleStatistics],
    schema: InputArtifact[Schema],
    example_anomalies: InputArtifact[ExampleAnomalies],
    distribution_anomalies: InputArtifact[ExampleAnomalies],
    result: OutputArtifact[ValidationResult],
    expectations: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Summarise TFDV's results in a verdict.

    Args:
        statistics: Output of StatisticsGen.
        schema: Output of ProvideSchema.
        example_anomalies: Output of ExampleValidator.
        distribution_anomalies: Output of DistributionValidator.
        result: `verdict.json` and the data of the section `distributions`; custom
            properties `passed` and `failed_checks`.
        expectations: `to_json` of the settings for distributions.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    del code_fingerprint
    verdict = summarise_distributions(
        statistics.uri,
        schema.uri,
        example_anomalies.uri,
        distribution_anomalies.uri,
        from_json(DistributionSettings, expectations, "expectations.distributions"),
        result.uri,
    )
    _record(verdict, result)


@component
def DataGate(  # noqa: N802
    result: InputArtifact[ValidationResult],
    blessing: OutputArtifact[DataBlessing],
    stage: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Stop the pipeline with `DataRefused` unless the verdict has passed.

    Args:
        result: Output of ValidateItems or SummariseDistributions.
        blessing: The file `BLESSED`, for the nodes that need validated data.
        stage: `items` or `distributions`.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    del code_fingerprint
    pass_or_refuse(result.uri, stage)
    folder = Path(blessing.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BLESSED_FILE).touch()
    blessing.set_int_custom_property("blessed", 1)


def _record(verdict: Verdict, result: Artifact) -> None:
    result.set_int_custom_property("passed", int(verdict.passed))
    failed = ", ".join(check.name for check in verdict.failed)
    result.set_string_custom_property("failed_checks", failed)
