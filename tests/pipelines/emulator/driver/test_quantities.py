# SPDX-License-Identifier: Apache-2.0
"""Quantities in the form in which Kubernetes writes them.

The expected ones were printed by its own package `resource`.
"""

import pytest

from components.core.errors import UsageError
from pipelines.emulator.driver.quantities import canonical_quantity


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("3.0", "3"),
        ("0.5", "500m"),
        ("1.25G", "1250M"),
        ("1000G", "1T"),
        ("2000", "2k"),
        ("2Gi", "2Gi"),
        ("2048Mi", "2Gi"),
        ("0.5Gi", "512Mi"),
        ("0.5Ki", "512"),
        ("1500m", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("0", "0"),
    ],
)
def test_quantity_is_written_as_kubernetes_does(text: str, canonical: str) -> None:
    assert canonical_quantity(text) == canonical


@pytest.mark.parametrize(
    "text", ["", "-1", "inf", "2 Gi", "1Gb", "1e3", "0.0000000002", "9" * 20]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected a quantity"):
        canonical_quantity(text)
