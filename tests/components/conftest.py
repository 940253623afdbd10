# SPDX-License-Identifier: Apache-2.0
"""What tests of the steps share, made once."""

import sys
from collections.abc import Iterator

import pytest

from tests.support import preloaded
from tests.support.datasets.examples import Ingested, ingest_and_transform


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    """Examples of two splits and the graph that TFX's Transform made of them."""
    return ingest_and_transform(tmp_path_factory.mktemp("ingested"))


@pytest.fixture(scope="module")
def preloaded_scripts() -> Iterator[None]:
    """Fresh processes of `serving_check`, which find TensorFlow imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", preloaded.interpreter())
        yield
