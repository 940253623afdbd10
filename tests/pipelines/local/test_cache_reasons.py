# SPDX-License-Identifier: Apache-2.0
"""The reason of a node names what changed since its last execution."""

from dataclasses import replace
from typing import Any

from pipelines.code_version import CodeHistory, CodeVersion, NotedVersion
from pipelines.lineage.store import ExecutionRecord
from pipelines.local.cache_reasons import explain


class _Store:
    """A lineage store that holds executions given by the test."""

    def __init__(self, *records: ExecutionRecord) -> None:
        self.records = records

    def executions_of(self, pipeline: str, node: str) -> list[ExecutionRecord]:
        return [r for r in reversed(self.records) if r.node == node]


def _trainer(execution_id: int, run: str = "mnist-cnn.1", **params: Any) -> Any:
    return ExecutionRecord(
        id=execution_id,
        node="Trainer",
        run=run,
        state="COMPLETE",
        parameters={"custom_config": {"params": params, "code_fingerprint": "abc"}},
        inputs={"examples": (1,)},
        outputs={},
    )


def _explain(*records: ExecutionRecord) -> str:
    return explain(_Store(*records), "mnist", records[-1])  # type: ignore[arg-type]


def test_first_execution_is_called_so() -> None:
    assert _explain(_trainer(1)) == "first run"


def test_changed_parameter_is_named_with_both_values() -> None:
    first, second = _trainer(1, epochs=2), _trainer(2, epochs=3)
    assert _explain(first, second) == "epochs 2 -> 3"


def test_changed_code_is_named_without_its_hash() -> None:
    second = replace(
        _trainer(2), parameters={"custom_config": {"code_fingerprint": "def"}}
    )
    first = replace(
        _trainer(1), parameters={"custom_config": {"code_fingerprint": "abc"}}
    )
    assert _explain(first, second) == "code changed"


def test_changed_code_is_named_with_the_versions_that_changed() -> None:
    def noted(since: str, prodl: str, keras: str = "3.14") -> NotedVersion:
        return NotedVersion(since, CodeVersion(prodl, "", {"keras": keras}))

    history = CodeHistory(
        (noted("1", "0.1.0"), noted("3", "0.2.0"), noted("5", "0.3.0", "3.15"))
    )
    first, second = (
        replace(
            _trainer(number, f"mnist-cnn.{time}"),
            parameters={"custom_config": {"code_fingerprint": str(number)}},
        )
        for number, time in ((1, "4"), (2, "5"))
    )
    store: Any = _Store(first, second)
    assert explain(store, "mnist", second, history) == (
        "code changed (prodl 0.2.0 -> 0.3.0, keras 3.14 -> 3.15)"
    )


def test_new_input_is_named() -> None:
    second = replace(_trainer(2), inputs={"examples": (7,)})
    assert _explain(_trainer(1), second) == "new examples"


def test_other_recipes_do_not_count_for_a_trainer() -> None:
    other = _trainer(2, run="mnist-softmax.1", epochs=9)
    records = (_trainer(1, epochs=2), other, _trainer(3, epochs=3))
    assert _explain(*records) == "epochs 2 -> 3"


def test_failed_execution_does_not_count() -> None:
    failed = replace(_trainer(2, epochs=9), state="FAILED")
    assert _explain(_trainer(1, epochs=2), failed, _trainer(3, epochs=3)).endswith("3")


def test_many_changes_are_counted() -> None:
    second = _trainer(2, a=2, b=2, c=2, d=2)
    assert _explain(_trainer(1, a=1, b=1, c=1, d=1), second).endswith("and 1 more")


def test_cached_execution_says_that_nothing_changed() -> None:
    cached = replace(_trainer(2), state="CACHED")
    assert _explain(_trainer(1), cached) == "nothing it depends on has changed"
