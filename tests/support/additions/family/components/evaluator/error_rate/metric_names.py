# SPDX-License-Identifier: Apache-2.0
"""Metric of the error rate: name and unit; imports no library."""

from typing import Final

UNITS: Final = {"test_error_rate": "share of examples"}
# Names that a gate may use.
METRIC_NAMES: Final = tuple(UNITS)
