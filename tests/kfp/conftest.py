# SPDX-License-Identifier: Apache-2.0
"""KFP's own programs, or the reason why they cannot run here."""

import pytest

from tests.support.kfp.programs import Programs, find_programs, reason_to_skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the programs, where they are not."""
    wanting = [item for item in items if item.get_closest_marker("kfp")]
    if wanting and (reason := reason_to_skip()):
        for item in wanting:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def programs() -> Programs:
    """KFP's driver and launcher."""
    return find_programs()
