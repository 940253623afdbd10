# SPDX-License-Identifier: Apache-2.0
"""Configuration of StatisticsGen and DistributionValidator, from the settings."""

from typing import Final

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.proto import distribution_validator_pb2

from components.contracts.modality import Modality
from components.validation.distributions.settings import DistributionSettings

_COMPARATORS: Final = {
    "jensen_shannon": "jensen_shannon_divergence",
    "l_infinity": "infinity_norm",
}


def statistics_options(
    settings: DistributionSettings, modality: Modality
) -> tfdv.StatsOptions:
    """Return `stats_options` of StatisticsGen.

    Args:
        settings: Settings with `histogram_buckets`.
        modality: What an item is.
    """
    # Without the domain TFDV counts distinct values, as of a word.
    schema = (
        f'feature {{ name: "{modality.content}" type: BYTES '
        f"{modality.tfdv_domain} {{}} }}"
        if modality.content
        else ""
    )
    return tfdv.StatsOptions(
        feature_allowlist=list(modality.statistics_features),
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
