# SPDX-License-Identifier: Apache-2.0
"""Names of metrics of a user's own, by the import paths of the functions."""

import re
from typing import Final

from components.core.errors import UsageError

_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def own_metric_name(path: str, split: str = "test") -> str:
    """Name of the metric of an own function: `test_cost` of `mine.metrics.cost`.

    Args:
        path: Import path of the function.
        split: Name of the split. Defaults to `test`.

    Raises:
        UsageError: If the function's name cannot be that of a metric.
    """
    function = path.rpartition(".")[2]
    if not _SNAKE_CASE.fullmatch(function):
        raise UsageError(
            "metrics: expected functions with names in snake case, such as "
            f"mine.metrics.cost_per_item.\nReceived {path!r}."
        )
    return f"{split}_{function}"
