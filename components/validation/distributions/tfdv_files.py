# SPDX-License-Identifier: Apache-2.0
"""Read what StatisticsGen, ExampleValidator and DistributionValidator leave behind.

Only the protocol messages are needed, so TFDV, which takes seconds to import, is not.
"""

from pathlib import Path
from typing import Any

STATISTICS_FILE = "FeatureStats.pb"
ANOMALIES_FILE = "SchemaDiff.pb"


def read_statistics(uri: str, split: str) -> Any:
    """The `DatasetFeatureStatistics` of a split, `None` where there are none."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    content = _read(Path(uri) / f"Split-{split}" / STATISTICS_FILE)
    if content is None:
        return None
    return statistics_pb2.DatasetFeatureStatisticsList.FromString(content).datasets[0]


def read_schema_anomalies(uri: str, split: str) -> Any:
    """The `Anomalies` that ExampleValidator found in a split, `None` where it did not
    look."""
    return _read_anomalies(Path(uri) / f"Split-{split}" / ANOMALIES_FILE)


def read_distances(uri: str, judged: str, baseline: str) -> Any:
    """The `Anomalies` of DistributionValidator for a pair of splits, or `None`.

    The distances of all features are in `drift_skew_info`, small ones included.
    """
    return _read_anomalies(
        Path(uri) / f"SplitPair-{judged}_{baseline}" / ANOMALIES_FILE
    )


def _read_anomalies(path: Path) -> Any:
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    content = _read(path)
    return None if content is None else anomalies_pb2.Anomalies.FromString(content)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
