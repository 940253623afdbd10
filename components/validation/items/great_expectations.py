# SPDX-License-Identifier: Apache-2.0
"""Judge an item table with Great Expectations.

Great Expectations is imported inside functions only: it costs seconds.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from components.validation.items.expectation_mapping import Plan, Step, plan
from components.validation.items.rules import Rule
from components.validation.items.table_checks import fill_texts
from components.validation.settings import ItemSettings
from components.validation.verdict import Check, Status

_MEASURED: Final = ("width", "height", "channels", "mean", "std")
_VALUES_NAMED: Final = 5


def check_items(table: Any, settings: ItemSettings) -> tuple[Check, ...]:
    """Evaluate every expectation that is set; nothing is raised for bad data.

    Args:
        table: Item table, as `read_item_table` gives it.
        settings: What must hold.

    Returns:
        One check per expectation, in the order of `ItemRules`.
    """
    named = settings.expectations.named()
    plans = {name: plan(rule, settings.classes) for name, rule in named.items()}
    results = _run_suite(judged(table), plans, named, settings.listed_failures)
    return tuple(
        _check(name, rule, plans[name].wanted, results[name], settings.listed_failures)
        for name, rule in named.items()
    )


def judged(table: Any) -> Any:
    """The table as the expectations see it.

    A picture that could not be read has width 0, or a fault and no content: its
    measures become missing, which no limit judges (`items_are_sound` does). A missing
    measure of a readable picture becomes -1, which no limit allows. A missing text
    becomes the empty one.

    Args:
        table: Item table, left as it is.
    """
    seen = fill_texts(table)
    if "width" in seen:
        is_readable = seen["width"] > 0
        if {"fault", "content_sha256"} <= set(seen):
            is_readable &= (seen["fault"] == "") | (seen["content_sha256"] != "")
        for column in set(_MEASURED) & set(seen):
            seen[column] = seen[column].fillna(-1).where(is_readable)
    return seen


def _run_suite(
    table: Any, plans: Mapping[str, Plan], named: Mapping[str, Rule], listed: int
) -> dict[str, list[dict[str, Any]]]:
    """Results by name of check; Great Expectations returns them in its own order."""
    # Read when the package is imported; a run must not call anyone.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("items").add_dataframe_asset("items")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch(
        batch_parameters={"dataframe": table}
    )
    suite = gx.ExpectationSuite(
        name="items",
        expectations=[
            _expectation(gx, step, name, named[name])
            for name, steps in plans.items()
            for step in steps.steps
        ],
    )
    # SUMMARY with a count bounds the lists; COMPLETE would hold every failing item.
    result_format = {
        "result_format": "SUMMARY",
        "unexpected_index_column_names": ["item_id"],
        "partial_unexpected_count": listed,
    }
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in batch.validate(suite, result_format=result_format).results:
        record: dict[str, Any] = result.to_json_dict()
        results[record["expectation_config"]["meta"]["check"]].append(record)
    return results


def _expectation(gx: Any, step: Step, name: str, rule: Rule) -> Any:
    from components.validation.items.custom_expectation import ExpectFinding

    is_ours = step.kind == ExpectFinding.__name__
    kind: Any = ExpectFinding if is_ours else getattr(gx.expectations, step.kind)
    return kind(
        **step.fields,
        severity=rule.severity,
        description=rule.description,
        meta={"check": name},
    )


def _check(
    name: str, rule: Rule, wanted: str, results: list[dict[str, Any]], listed: int
) -> Check:
    items = [item for result in results for item in _failing_items(result)]
    failing = tuple(dict.fromkeys(items))
    # Two steps of a check may name different items; the larger count is a safe one.
    counts = (result["result"].get("unexpected_count", 0) for result in results)
    status, received = _outcome(results)
    return Check(
        name=name,
        description=rule.description,
        severity=rule.severity,
        wanted=wanted,
        received=received,
        status=status,
        num_failing=max(len(failing), *counts),
        failing_items=failing[:listed],
    )


def _outcome(results: list[dict[str, Any]]) -> tuple[Status, str]:
    # A check that raised has success=False and an empty result: not "0 unexpected".
    if reasons := [reason for r in results for reason in _errors(r)]:
        return "error", f"error: the check could not run: {'; '.join(reasons)}"
    failed = [r for r in results if not r["success"]]
    received = dict.fromkeys(_received(r) for r in failed or results)
    return ("failed" if failed else "passed"), "; ".join(received)


def _errors(result: Mapping[str, Any]) -> Iterable[str]:
    # Keyed by metric for some failures, flat for others.
    info = result["exception_info"]
    infos = [info] if "raised_exception" in info else list(info.values())
    messages = (str(i["exception_message"]) for i in infos if i["raised_exception"])
    return dict.fromkeys(m.removeprefix("Error: ").strip() for m in messages)


def _received(result: Mapping[str, Any]) -> str:
    found = result["result"]
    if "observed_value" in found:
        return str(found["observed_value"])
    received = f"{found['unexpected_count']:,} of {found['element_count']:,} items"
    values = dict.fromkeys(found["partial_unexpected_list"])
    if not values:
        return received
    column = result["expectation_config"]["kwargs"]["column"]
    shown = ", ".join(map(_show, list(values)[:_VALUES_NAMED]))
    return f"{received}: {column} {shown}{' ...' * (len(values) > _VALUES_NAMED)}"


def _failing_items(result: Mapping[str, Any]) -> list[str]:
    found = result["result"]
    if "details" in found:
        return list(found["details"]["item_ids"])
    return [row["item_id"] for row in found.get("partial_unexpected_index_list", ())]


def _show(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
