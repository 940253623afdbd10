# SPDX-License-Identifier: Apache-2.0
"""Run the checks on an item table with Great Expectations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import great_expectations as gx
import great_expectations.expectations as stock
import pandas as pd
from great_expectations.data_context.types.base import ProgressBarsConfig

from components.contracts.modality import Modality
from components.validation.items.check import Expectation, ItemCheck
from components.validation.items.custom_expectation import ExpectTableCheck
from components.validation.items.gallery import GalleryCheck, build_expectation
from components.validation.items.settings import ItemSettings
from components.validation.verdict import DataCheck, Status

_MEASURES: Final = ("width", "height", "channels", "mean", "std")
_VALUES_LISTED: Final = 5


def check_items(
    table: pd.DataFrame, modality: Modality, settings: ItemSettings
) -> tuple[DataCheck, ...]:
    """Run every check of the settings; bad data raise nothing.

    Args:
        table: Item table, as `read_item_table` returns it.
        modality: What an item is.
        settings: Checks and their limits.

    Returns:
        One entry per check, in the order of the settings.
    """
    checks, listed = settings.expectations, settings.listed_failures
    results = _run_suite(as_validated(table, modality), settings)
    return tuple(
        _data_check(check, check.wanted(settings.classes), results[name], name, listed)
        for name, check in checks.items()
    )


def as_validated(table: pd.DataFrame, modality: Modality) -> pd.DataFrame:
    """Return the table in the form that the expectations are written for.

    The measures of an unreadable image (its width is 0, or it has a fault and no
    content) become missing, which passes every limit: `items_are_sound` counts it. A
    missing measure of a readable image becomes -1, which passes none. A missing text
    becomes the empty one.

    Args:
        table: Item table; left unchanged.
        modality: What an item is.
    """
    validated = fill_texts(table, modality)
    if modality.picture and "width" in validated:
        is_readable = validated["width"] > 0
        if {"fault", "content_sha256"} <= set(validated):
            is_sound = validated["fault"] == ""
            is_readable &= is_sound | (validated["content_sha256"] != "")
        for column in set(_MEASURES) & set(validated):
            validated[column] = validated[column].fillna(-1).where(is_readable)
    return validated


def fill_texts(table: pd.DataFrame, modality: Modality) -> pd.DataFrame:
    """Return a copy with rows numbered from 0 and "" for missing texts.

    A category that is missing stays so.

    Args:
        table: Item table.
        modality: What an item is.
    """
    filled = table.reset_index(drop=True)
    for name, kind in modality.columns.items():
        if kind == "string" and name in filled:
            filled[name] = filled[name].astype(object)
            if name not in modality.category_features:
                filled[name] = filled[name].fillna("")
    return filled


def _run_suite(
    table: pd.DataFrame, settings: ItemSettings
) -> dict[str, list[dict[str, Any]]]:
    """Return results by name of check; Great Expectations does not keep the order."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("items").add_dataframe_asset("items")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch(
        batch_parameters={"dataframe": table}
    )
    suite = gx.ExpectationSuite(
        name="items",
        expectations=[
            _expectation(expectation, name, check)
            for name, check in settings.expectations.items()
            for expectation in check.expectations(settings.classes)
        ],
    )
    # SUMMARY with a count bounds the lists; COMPLETE would hold every failing item.
    result_format = {
        "result_format": "SUMMARY",
        "unexpected_index_column_names": ["item_id"],
        "partial_unexpected_count": settings.listed_failures,
    }
    results: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in batch.validate(suite, result_format=result_format).results:
        record: dict[str, Any] = result.to_json_dict()
        results[record["expectation_config"]["meta"]["check"]].append(record)
    return results


def _expectation(expectation: Expectation, name: str, check: ItemCheck) -> Any:
    if isinstance(check, GalleryCheck):
        return build_expectation(check, f"expectations.{name}", meta={"check": name})
    is_ours = expectation.type == ExpectTableCheck.__name__
    kind: Any = ExpectTableCheck if is_ours else getattr(stock, expectation.type)
    return kind(
        **expectation.kwargs,
        severity=check.severity,
        description=check.description,
        meta={"check": name},
    )


def _data_check(
    check: ItemCheck,
    wanted: str,
    results: list[dict[str, Any]],
    name: str,
    listed: int,
) -> DataCheck:
    items = [item for result in results for item in _failing_items(result)]
    failing = tuple(dict.fromkeys(items))
    # Two expectations of a check may fail for different items; their union is at least
    # as large as the larger count.
    counts = (result["result"].get("unexpected_count") or 0 for result in results)
    status, received = _outcome(results)
    return DataCheck(
        name=name,
        description=check.description,
        severity=check.severity,
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
    # What a class of a user's own returns may be NaN, or a text: no success.
    failed = [r for r in results if r["success"] is not True]
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
    if found.get("observed_value") is not None:
        return _observed(found["observed_value"])
    if "unexpected_count" not in found:
        # A class of a user's own may answer with nothing but its success.
        return "as expected" if result["success"] is True else "not as expected"
    counted = (
        f" of {found['element_count']:,} items" if "element_count" in found else ""
    )
    received = f"{found['unexpected_count']:,}{counted or ' unexpected values'}"
    # Of several columns, the values are mappings.
    values = dict.fromkeys(map(_hashable, found.get("partial_unexpected_list", ())))
    if not values:
        return received
    kwargs = result["expectation_config"]["kwargs"]
    column = kwargs.get("column", "")
    listed = ", ".join(map(_word, list(values)[:_VALUES_LISTED]))
    more = " ..." * (len(values) > _VALUES_LISTED)
    return f"{received}: {f'{column} {listed}'.strip()}{more}"


def _failing_items(result: Mapping[str, Any]) -> list[str]:
    found = result["result"]
    details = found.get("details")
    if isinstance(details, Mapping) and "item_ids" in details:
        return list(details["item_ids"])
    rows = found.get("partial_unexpected_index_list") or ()
    return [str(row["item_id"]) for row in rows if "item_id" in row]


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)


def _observed(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
