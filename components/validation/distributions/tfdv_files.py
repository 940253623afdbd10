# SPDX-License-Identifier: Apache-2.0
"""Readers of the files of StatisticsGen, ExampleValidator and DistributionValidator.

They parse the protocol messages, without TFDV, which takes seconds to import.
"""

from pathlib import Path
from typing import Final

from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

STATISTICS_FILE: Final = "FeatureStats.pb"
ANOMALIES_FILE: Final = "SchemaDiff.pb"


def read_statistics(
    uri: str, split: str
) -> statistics_pb2.DatasetFeatureStatistics | None:
    """Read the statistics of a split; None if there are none."""
    content = _read(Path(uri) / f"Split-{split}" / STATISTICS_FILE)
    if content is None:
        return None
    return statistics_pb2.DatasetFeatureStatisticsList.FromString(content).datasets[0]


def read_schema_anomalies(uri: str, split: str) -> anomalies_pb2.Anomalies | None:
    """Read ExampleValidator's anomalies of a split; None if it was not validated."""
    return _read_anomalies(Path(uri) / f"Split-{split}" / ANOMALIES_FILE)


def read_distances(
    uri: str, evaluated: str, baseline: str
) -> anomalies_pb2.Anomalies | None:
    """Read DistributionValidator's result for a pair of splits; None without one.

    The distances of all features are in `drift_skew_info`, small ones included.
    """
    return _read_anomalies(
        Path(uri) / f"SplitPair-{evaluated}_{baseline}" / ANOMALIES_FILE
    )


def _read_anomalies(path: Path) -> anomalies_pb2.Anomalies | None:
    content = _read(path)
    return None if content is None else anomalies_pb2.Anomalies.FromString(content)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
