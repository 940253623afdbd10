# SPDX-License-Identifier: Apache-2.0
"""What each rule means to Great Expectations, and in words.

A plan is plain data: Great Expectations is not imported here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.report.html import format_number
from components.validation.items import rules
from components.validation.items.rules import Rule


@dataclass(frozen=True)
class Step:
    """One expectation of a suite.

    Attributes:
        kind: Name of the class: `ExpectFinding`, or one of `great_expectations`.
        fields: What it is made with.
    """

    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """How a rule is checked: it holds when all its steps do.

    Attributes:
        wanted: The limits in words.
        steps: What Great Expectations evaluates.
    """

    wanted: str
    steps: tuple[Step, ...]


def plan(rule: Rule, classes: Sequence[str]) -> Plan:
    """The plan for a rule.

    Args:
        rule: One of the rules in `rules.py`.
        classes: The labels that may occur.
    """
    return _PLANS[type(rule)](rule, list(classes))


def _labels_are_known(rule: rules.LabelsAreKnown, classes: list[str]) -> Plan:
    share = rule.max_unknown_share
    step = _in_set("label", classes, share)
    return Plan(f"{_at_most(share)} with another label than {_list(classes)}", (step,))


def _items_are_sound(rule: rules.ItemsAreSound, classes: list[str]) -> Plan:
    share = rule.max_faulty_share
    return Plan(f"{_at_most(share)} with a fault", (_in_set("fault", [""], share),))


def _faults_are_rare(rule: rules.FaultsAreRare, classes: list[str]) -> Plan:
    limits = dict(rule.max_shares)
    other = rule.max_other_share
    step = _finding("faults_by_reason", max_shares=limits, max_other_share=other)
    wanted = [f"{reason} <= {share:.3g}" for reason, share in limits.items()]
    return Plan(", ".join((*wanted, f"any other <= {other:.3g} of the items")), (step,))


def _groups_are_small(rule: rules.GroupsAreSmall, classes: list[str]) -> Plan:
    step = _finding("group_sizes", max_items=rule.max_items)
    return Plan(f"at most {rule.max_items:,} items in a group", (step,))


def _labels_agree(rule: rules.LabelsAgreeInGroups, classes: list[str]) -> Plan:
    step = _finding("label_conflicts", max_groups=rule.max_groups)
    return Plan(f"at most {rule.max_groups:,} groups with several labels", (step,))


def _item_ids_unique(rule: rules.ItemIdsUnique, classes: list[str]) -> Plan:
    step = Step("ExpectColumnValuesToBeUnique", {"column": "item_id"})
    return Plan("every identifier once", (step,))


def _row_counts(rule: rules.RowCounts, classes: list[str]) -> Plan:
    limits = {name: list(bounds) for name, bounds in rule.splits.items()}
    wanted = [f"{name} {_range(*bounds)}" for name, bounds in rule.splits.items()]
    return Plan(", ".join(wanted), (_finding("row_counts", splits=limits),))


def _official(rule: rules.OfficialSplitPreserved, classes: list[str]) -> Plan:
    limits = {name: list(ours) for name, ours in rule.splits.items()}
    wanted = [f"official {o} in {' or '.join(s)}" for o, s in rule.splits.items()]
    step = _finding("official_split_preserved", splits=limits)
    return Plan(", ".join(wanted), (step,))


def _every_class(rule: rules.EveryClassPresent, classes: list[str]) -> Plan:
    step = _finding("every_class_present", classes=classes, min_items=rule.min_items)
    wanted = f"at least {rule.min_items:,} of each of {len(classes)} classes per split"
    return Plan(wanted, (step,))


def _class_balance(rule: rules.ClassBalance, classes: list[str]) -> Plan:
    step = _finding("class_balance", classes=classes, max_ratio=rule.max_ratio)
    return Plan(f"largest class / smallest <= {rule.max_ratio:g} per split", (step,))


def _image_size(rule: rules.ImageSize, classes: list[str]) -> Plan:
    bounds = {"width": rule.width, "height": rule.height, "channels": rule.channels}
    return _all_between(bounds)


def _pixel_range(rule: rules.PixelRange, classes: list[str]) -> Plan:
    return _all_between({"mean": rule.mean, "std": rule.std})


def _not_blank(rule: rules.ImagesAreNotBlank, classes: list[str]) -> Plan:
    fields = {"column": "std", "min_value": rule.std_above, "strict_min": True}
    step = Step("ExpectColumnValuesToBeBetween", fields)
    return Plan(f"std > {rule.std_above:g}", (step,))


def _none_shared(rule: rules.NoContentSharedAcrossSplits, classes: list[str]) -> Plan:
    steps = (
        _finding("key_in_one_split", column=c) for c in ("content_sha256", "group")
    )
    return Plan("each picture and each group in one split only", tuple(steps))


def _every_label(rule: rules.EveryLabelOccurs, classes: list[str]) -> Plan:
    step = _finding("every_label_occurs", classes=classes)
    return Plan(f"each of {_list(classes)} in some split", (step,))


def _texts_without(rule: rules.TextsWithout, classes: list[str]) -> Plan:
    pattern = f"(?i){'|'.join(map(re.escape, rule.strings))}"
    fields = {"column": "text", "regex": pattern}
    step = Step("ExpectColumnValuesToNotMatchRegex", fields)
    return Plan(f"no text with {', '.join(map(ascii, rule.strings))}", (step,))


def _text_length(rule: rules.TextLength, classes: list[str]) -> Plan:
    return _all_between({"num_words": rule.num_words})


def _blocks(rule: rules.SplitsAreBlocks, classes: list[str]) -> Plan:
    step = _finding("splits_are_blocks")
    return Plan("train, then validation, then test, none inside another", (step,))


def _coverage(rule: rules.VocabularyCoverage, classes: list[str]) -> Plan:
    step = _finding("vocabulary_coverage", min_share=rule.min_share)
    return Plan(
        f"at least {rule.min_share:.3g} of the tokens known from train", (step,)
    )


_PLANS: Final[Mapping[type[Rule], Callable[[Any, list[str]], Plan]]] = {
    rules.LabelsAreKnown: _labels_are_known,
    rules.ItemsAreSound: _items_are_sound,
    rules.FaultsAreRare: _faults_are_rare,
    rules.ItemIdsUnique: _item_ids_unique,
    rules.RowCounts: _row_counts,
    rules.OfficialSplitPreserved: _official,
    rules.EveryClassPresent: _every_class,
    rules.ClassBalance: _class_balance,
    rules.ImageSize: _image_size,
    rules.PixelRange: _pixel_range,
    rules.ImagesAreNotBlank: _not_blank,
    rules.NoContentSharedAcrossSplits: _none_shared,
    rules.EveryLabelOccurs: _every_label,
    rules.TextsWithout: _texts_without,
    rules.TextLength: _text_length,
    rules.SplitsAreBlocks: _blocks,
    rules.VocabularyCoverage: _coverage,
    rules.GroupsAreSmall: _groups_are_small,
    rules.LabelsAgreeInGroups: _labels_agree,
}


def _finding(question: str, **limits: Any) -> Step:
    return Step("ExpectFinding", {"question": question, "limits": limits})


def _in_set(column: str, values: list[str], tolerated_share: float) -> Step:
    fields = {"column": column, "value_set": values, "mostly": 1 - tolerated_share}
    return Step("ExpectColumnValuesToBeInSet", fields)


def _all_between(bounds: Mapping[str, tuple[float, float]]) -> Plan:
    kind = "ExpectColumnValuesToBeBetween"
    steps = tuple(
        Step(kind, {"column": column, "min_value": low, "max_value": high})
        for column, (low, high) in bounds.items()
    )
    return Plan(", ".join(f"{c} {_range(*b)}" for c, b in bounds.items()), steps)


def _at_most(share: float) -> str:
    return f"at most {share:.3g} of the items" if share else "no item"


def _range(low: float, high: float) -> str:
    first, last = format_number(low), format_number(high)
    return first if low == high else f"{first} to {last}"


def _list(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 12 else f"the {len(names)} classes"
