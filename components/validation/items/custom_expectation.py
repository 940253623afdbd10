# SPDX-License-Identifier: Apache-2.0
"""The custom expectation: asks one of the questions in `table_checks.py`.

Importing this module imports Great Expectations (seconds), so only `expectations.py`
does it, and inside a function. One class serves all questions: name and limits are its
fields, so each stands in the suite like a stock expectation does.
"""

from typing import Any, ClassVar

from great_expectations.execution_engine.pandas_execution_engine import (
    PandasExecutionEngine,
)
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import (
    TableMetricProvider,
)

from components.validation.items.check_result import Finding
from components.validation.items.table_checks import TABLE_CHECKS

METRIC = "prodl.table.finding"


class TableFinding(TableMetricProvider):
    """Computes a `Finding`; registered with Great Expectations when defined."""

    metric_name = METRIC
    value_keys = ("question", "limits")

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,  # noqa: N805 - the decorator makes it a class method
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> Finding:
        table, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type="table"
        )
        check = TABLE_CHECKS[metric_value_kwargs["question"]]
        return check(table, **metric_value_kwargs["limits"])


class ExpectFinding(BatchExpectation):
    """Expect a question about the table to be answered as wanted."""

    question: str
    limits: dict[str, Any]

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("question", "limits")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id", "table")

    def _validate(
        self,
        metrics: dict[str, Finding],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        finding = metrics[METRIC]
        listed = (runtime_configuration or {}).get("result_format", {})
        limit = listed.get("partial_unexpected_count", len(finding.item_ids))
        return {
            "success": finding.holds,
            "result": {
                "observed_value": finding.received,
                "unexpected_count": len(finding.item_ids),
                "details": {"item_ids": list(finding.item_ids[:limit])},
            },
        }
