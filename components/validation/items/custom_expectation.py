# SPDX-License-Identifier: Apache-2.0
"""A custom expectation for Great Expectations that runs a function over the table.

One class serves all table checks of `checks/`: the import path of the function and its
limits are arguments, so each check is in the suite like a stock expectation.
"""

from importlib import import_module
from typing import Any, ClassVar, Final

from great_expectations.execution_engine.pandas_execution_engine import (
    PandasExecutionEngine,
)
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import (
    TableMetricProvider,
)

from components.validation.items.check import CheckResult

METRIC: Final = "prodl.table.check"


class TableCheckMetric(TableMetricProvider):
    """Computes a `CheckResult`; Great Expectations registers it on definition."""

    metric_name = METRIC
    value_keys = ("check", "limits")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805 - the decorator makes it a class method
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> CheckResult:
        table, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type="table"
        )
        module, _, name = metric_value_kwargs["check"].rpartition(".")
        check = getattr(import_module(module), name)
        result: CheckResult = check(table, **metric_value_kwargs["limits"])
        return result


class ExpectTableCheck(BatchExpectation):
    """Expect a function over the table to pass."""

    check: str
    limits: dict[str, Any]

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("check", "limits")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "table")

    def _validate(
        self,
        metrics: dict[str, CheckResult],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        result = metrics[METRIC]
        options = (runtime_configuration or {}).get("result_format", {})
        limit = options.get("partial_unexpected_count", len(result.item_ids))
        return {
            "success": result.passed,
            "result": {
                "observed_value": result.received,
                "unexpected_count": len(result.item_ids),
                "details": {"item_ids": list(result.item_ids[:limit])},
            },
        }
