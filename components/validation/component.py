# SPDX-License-Identifier: Apache-2.0
"""The TFX components of validation: thin, the work is in the modules beside."""

from pathlib import Path

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
from components.validation.distributions.schema import write_schema
from components.validation.distributions.section import summarise_distributions
from components.validation.gate import BLESSED_FILE, pass_or_refuse
from components.validation.items.section import FACT_LABELS
from components.validation.items.validate import validate_items
from components.validation.settings import distribution_settings, item_settings
from components.validation.verdict import Verdict


@component
def ValidateItems(  # noqa: N802
    items: InputArtifact[ItemTable],
    raw: InputArtifact[RawDataset],
    result: OutputArtifact[ValidationResult],
    expectations: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Judge the item table; write verdict and report, raise nothing for bad data.

    Args:
        items: What Ingest found.
        raw: The raw data, for the facts in the report.
        result: `verdict.json` and the section `items`; custom properties `passed` and
            `failed_checks`.
        expectations: `settings.to_json` of the items half.
        code_fingerprint: Fingerprint of the code, only there to be in the cache key.
    """
    del code_fingerprint
    facts = {
        name: raw.get_string_custom_property(name)
        for name in FACT_LABELS
        if raw.has_custom_property(name)
    }
    settings = item_settings(expectations)
    _record(validate_items(items.uri, settings, result.uri, facts), result)


@component
def ProvideSchema(  # noqa: N802
    schema: OutputArtifact[Schema],
    schema_text: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Bring the curated schema into the pipeline; its text is in the cache key.

    TFX's own ImportSchemaGen keys on the path and would serve a changed file stale.

    Args:
        schema: The schema as `schema.pbtxt`.
        schema_text: Content of `data/<dataset>/schema.pbtxt`.
        code_fingerprint: Fingerprint of the code, only there to be in the cache key.
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
    """Turn what TFDV found into one verdict and a report section.

    Args:
        statistics: From StatisticsGen.
        schema: From ProvideSchema.
        example_anomalies: From ExampleValidator.
        distribution_anomalies: From DistributionValidator.
        result: `verdict.json` and the section `distributions`; custom properties
            `passed` and `failed_checks`.
        expectations: `settings.to_json` of the distributions half.
        code_fingerprint: Fingerprint of the code, only there to be in the cache key.
    """
    del code_fingerprint
    verdict = summarise_distributions(
        statistics.uri,
        schema.uri,
        example_anomalies.uri,
        distribution_anomalies.uri,
        distribution_settings(expectations),
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
    """Let the data pass, or raise `DataRefused` and with it stop the pipeline.

    Args:
        result: From ValidateItems or SummariseDistributions.
        blessing: The file `BLESSED`; what needs judged data comes after it.
        stage: `items` or `distributions`.
        code_fingerprint: Fingerprint of the code, only there to be in the cache key.
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
