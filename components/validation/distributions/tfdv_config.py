# SPDX-License-Identifier: Apache-2.0
"""Configuration of StatisticsGen and DistributionValidator, from the settings."""

from typing import Final

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.proto import distribution_validator_pb2

from components.contracts.features import (
    IMAGE,
    LABEL,
    NUMERIC_FEATURES,
    TEXT,
    TEXT_NUMERIC_FEATURES,
)
from components.validation.distributions.settings import DistributionSettings

# Without the identifier: counting 70,000 distinct values adds a quarter to the cost.
STATISTICS_FEATURES: Final = (IMAGE, LABEL, *NUMERIC_FEATURES)
TEXT_STATISTICS_FEATURES: Final = (TEXT, LABEL, *TEXT_NUMERIC_FEATURES)

_COMPARATORS: Final = {
    "jensen_shannon": "jensen_shannon_divergence",
    "l_infinity": "infinity_norm",
}


def statistics_options(
    settings: DistributionSettings, encoding: str
) -> tfdv.StatsOptions:
    """Return `stats_options` of StatisticsGen.

    Args:
        settings: Settings with `histogram_buckets`.
        encoding: Encoding of the items: `text` for texts.
    """
    is_text = encoding == "text"
    name, domain = (
        (TEXT, "natural_language_domain") if is_text else (IMAGE, "image_domain")
    )
    # Without the domain TFDV counts distinct values, as of a word.
    schema = f'feature {{ name: "{name}" type: BYTES {domain} {{}} }}'
    features = TEXT_STATISTICS_FEATURES if is_text else STATISTICS_FEATURES
    return tfdv.StatsOptions(
        feature_allowlist=list(features),
        num_histogram_buckets=settings.histogram_buckets,
        schema=text_format.Parse(schema, schema_pb2.Schema()),
    )


def validator_config(
    settings: DistributionSettings,
) -> distribution_validator_pb2.DistributionValidatorConfig:
    """Return `config` of DistributionValidator.

    Args:
        settings: Settings with `features`.
    """
    config = distribution_validator_pb2.DistributionValidatorConfig()
    for name, check in settings.features.items():
        feature = config.default_slice_config.feature.add()
        feature.path.step.append(name)
        measure = getattr(feature.distribution_comparator, _COMPARATORS[check.measure])
        measure.threshold = check.threshold
    return config


def split_pairs(settings: DistributionSettings) -> list[tuple[str, str]]:
    """Return `include_split_pairs` of DistributionValidator: (evaluated, baseline)."""
    return list(settings.pairs)
