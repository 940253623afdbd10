# SPDX-License-Identifier: Apache-2.0
"""Settings of the distribution checks as TFX and TFDV want them.

`pipelines/graph` calls these when it wires the stock components.
"""

from typing import Any, Final

from components.contracts.features import (
    IMAGE,
    LABEL,
    NUMERIC_FEATURES,
    TEXT,
    TEXT_NUMERIC_FEATURES,
)
from components.validation.settings import DistributionSettings

# Not the identifier: counting 70,000 different values adds a quarter to the cost.
STATISTICS_FEATURES: Final = (IMAGE, LABEL, *NUMERIC_FEATURES)
TEXT_STATISTICS_FEATURES: Final = (TEXT, LABEL, *TEXT_NUMERIC_FEATURES)

_COMPARATORS: Final = {
    "jensen_shannon": "jensen_shannon_divergence",
    "l_infinity": "infinity_norm",
}


def statistics_options(settings: DistributionSettings, encoding: str) -> Any:
    """`stats_options` of StatisticsGen: a `tfdv.StatsOptions`.

    Args:
        settings: `histogram_buckets` is read.
        encoding: How the bytes of an item are encoded; `text` for texts.
    """
    import tensorflow_data_validation as tfdv
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    is_text = encoding == "text"
    name, domain = (
        (TEXT, "natural_language_domain") if is_text else (IMAGE, "image_domain")
    )
    # Without the domain TFDV counts distinct items as if they were words.
    schema = f'feature {{ name: "{name}" type: BYTES {domain} {{}} }}'
    features = TEXT_STATISTICS_FEATURES if is_text else STATISTICS_FEATURES
    return tfdv.StatsOptions(
        feature_allowlist=list(features),
        num_histogram_buckets=settings.histogram_buckets,
        schema=text_format.Parse(schema, schema_pb2.Schema()),
    )


def validator_config(settings: DistributionSettings) -> Any:
    """`config` of DistributionValidator.

    Args:
        settings: `features` are read.
    """
    from tfx.proto import distribution_validator_pb2

    config = distribution_validator_pb2.DistributionValidatorConfig()
    for name, rule in settings.features.items():
        feature = config.default_slice_config.feature.add()
        feature.path.step.append(name)
        measure = getattr(feature.distribution_comparator, _COMPARATORS[rule.measure])
        measure.threshold = rule.threshold
    return config


def split_pairs(settings: DistributionSettings) -> list[tuple[str, str]]:
    """`include_split_pairs` of DistributionValidator: (judged, baseline)."""
    return list(settings.pairs)
