# SPDX-License-Identifier: Apache-2.0
"""What tests of Transform and Trainer share, made once."""

import pytest

from tests.support.datasets.examples import Ingested, ingest_and_transform


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    """Examples of two splits and the graph that TFX's Transform made of them."""
    return ingest_and_transform(tmp_path_factory.mktemp("ingested"))
