# SPDX-License-Identifier: Apache-2.0
"""`expectations.yaml` of a user's data: learned limits, each with its reason."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from components.contracts.features import LABEL, TARGET
from components.contracts.splits import SPLITS, TEST, TRAIN
from components.validation.items.check import CheckResult
from components.validation.items.checks.faults import count_faults
from components.validation.items.checks.groups import conflicting_items, grouped_items
from components.validation.items.checks.later_splits import numbers_alike_in_splits
from components.validation.items.checks.leakage import explained_share
from components.validation.items.checks.texts import vocabulary_coverage
from components.validation.items.table_rows import feature_columns
from pipelines.new_data.distances import (
    chance_distance,
    jensen_shannon,
    l_infinity,
    threshold,
)
from pipelines.new_data.inspection import Inspection
from pipelines.new_data.margins import (
    SIGMAS,
    count_range,
    fewest,
    largest_share,
    round_up,
    value_range,
)
from pipelines.new_data.yaml_text import Entry, write_entries

# Values of a number in each split, without which its histogram says nothing.
_FEWEST_VALUES: Final = 3
# Share beyond which a column is a copy of the target, and texts are identifiers.
COPY: Final = 0.99
DISTINCT: Final = 0.95
# Candidates for limits of `numbers_alike_in_splits`; the first that holds is doubled.
_SHIFTS: Final = (0.5, 0.75, 1, 1.5, 2.5, 5, 10, 100)
_RATIOS: Final = (1.5, 2, 3, 5, 10, 100)

_HEAD: Final = """\
# Expectations of {title}, learned from {seen}.
# A limit is what was seen, and a margin that chance rarely exceeds. It is provisional,
# for it judges the data that it was learned from: change what you know better, and say
# `prodl approve {name} --reason TEXT`. critical stops a run, warning is only reported.
"""


def write_expectations(found: Inspection) -> str:
    """Write the expectations of a data set.

    Args:
        found: The data.
    """
    seen = f"{len(found.items):,} {found.word}, {found.num_faulty:,} of them faulty"
    source = found.source_list
    head = _HEAD.format(title=source.title, seen=seen, name=source.dataset)
    samples = Entry("samples_per_class", 8 if found.kind.picture else 1)
    classes = Entry("classes", found.classes)
    items = (classes, Entry("listed_failures", 12), samples)
    body = [
        Entry("items", (*items, Entry("expectations", tuple(_item_checks(found))))),
        Entry("distributions", _distributions(found)),
    ]
    return head + write_entries(body)


def _check(
    name: str, description: str, reason: str, critical: bool = True, **limits: Any
) -> Entry:
    """A check: on one line where it is short."""
    severity = Entry("severity", "critical" if critical else "warning")
    reason = reason[:1].lower() + reason[1:].removesuffix(".")
    values = [
        value if isinstance(value, Entry) else Entry(key, value)
        for key, value in limits.items()
    ]
    entries = (severity, *values, Entry("description", description))
    return Entry(name, entries, beside=reason, one_line=True)


def _item_checks(found: Inspection) -> Iterator[Entry]:
    yield from _checks_of_items(found)
    if found.classes:
        yield from _checks_of_classes(found)
    yield from _checks_of_groups(found)
    if found.kind.picture:
        yield from _checks_of_pictures(found)
    if found.kind.text:
        yield from _checks_of_texts(found)
    if found.source_list.table:
        yield from _checks_of_columns(found)


def _checks_of_items(found: Inspection) -> Iterator[Entry]:
    total, word = len(found.items), found.word
    faulty = found.num_faulty
    yield _check(
        "items_are_sound",
        f"Nearly all {word} can be read.",
        f"{faulty:,} of {total:,} are faulty; {SIGMAS:g} standard errors more.",
        max_faulty_share=largest_share(faulty, total),
    )
    if faults := count_faults(found.items):
        listed = ", ".join(f"{reason} {count:,}" for reason, count in faults.items())
        shares = {r: largest_share(count, total) for r, count in faults.items()}
        yield _check(
            "faults_are_rare",
            "No reason for leaving items out is more frequent than before.",
            f"Seen: {listed}.",
            max_shares=shares,
            max_other_share=largest_share(0, total),
        )
    yield _check(
        "item_ids_unique", f"No identifier names two {word}.", "Pages name items by it."
    )
    sizes = found.items["split"].value_counts()
    counts = {split: int(sizes.get(split, 0)) for split in SPLITS}
    limits = {"+".join(SPLITS): list(count_range(total))}
    limits |= {split: list(count_range(n)) for split, n in counts.items()}
    worded = ", ".join(f"{split} {count:,}" for split, count in counts.items())
    yield _check(
        "row_counts",
        f"No {word} are lost or added.",
        f"{worded}; a fifth fewer to half as many again",
        splits=limits,
    )
    official = sorted(set(found.items["official_split"]) - {""})
    if official:
        yield _check(
            "official_split_preserved",
            "The publisher's splits stay apart.",
            f"The files say {', '.join(official)}.",
            splits=_official_splits(found, official),
        )


def _official_splits(
    found: Inspection, official: Sequence[str]
) -> dict[str, list[str]]:
    pairs = found.items.groupby("official_split")["split"].unique()
    others = [split for split in SPLITS if split != TEST]
    # An item with the hash of a test item may have followed it there.
    return {name: [TEST] if set(pairs[name]) == {TEST} else others for name in official}


def _checks_of_classes(found: Inspection) -> Iterator[Entry]:
    total = len(found.items)
    known = found.items["label"].isin(list(found.classes))
    unknown = total - int(known.sum())
    yield _check(
        "labels_are_known",
        "Nearly every label is one of the classes.",
        f"{unknown:,} of {total:,} have another one, or none.",
        max_unknown_share=largest_share(unknown, total) if unknown else 0.0,
    )
    if found.kind.split_by == "position":
        # Classes of a text are its files or chapters, which follow each other.
        yield _check(
            "every_label_occurs", "None of the texts is missing.", "All occur."
        )
        return
    counts = found.counts
    smallest = int(counts.to_numpy().min())
    name, split = counts.stack().idxmin()
    yield _check(
        "every_class_present",
        "Every class occurs often enough in each split.",
        f"Fewest: {smallest:,} of {name} in {split}; {SIGMAS:g} deviations fewer.",
        min_items=fewest(smallest),
    )
    sizes = counts.max() / counts.min()
    worst = counts[sizes.idxmax()]
    largest, least = int(worst.max()), int(worst.min())
    chance = np.exp(SIGMAS * np.sqrt(1 / largest + 1 / least))
    yield _check(
        "class_balance",
        "No class is much more frequent than before.",
        f"At most {largest:,} to {least:,}, in {sizes.idxmax()}.",
        critical=False,
        max_ratio=round_up(float(largest / least * chance)),
    )


def _checks_of_groups(found: Inspection) -> Iterator[Entry]:
    if found.kind.split_by == "position":
        yield _check(
            "splits_are_blocks",
            "The texts are cut into three blocks, not dealt at random.",
            "Neighbouring paragraphs tell too much about each other.",
        )
        return
    shared = len(found.shared)
    yield _check(
        "no_content_shared_across_splits",
        f"No {found.word} that are equal or belong together are in two splits.",
        f"{shared:,} {found.word} are, by the files' own splits: take them out"
        if shared
        else "they would make every figure of the test split too good",
        critical=not shared,
    )
    grouped = grouped_items(found.items)
    sizes = grouped["group"].value_counts()
    largest = int(sizes.max()) if len(sizes) else 1
    if not found.source_list.table or largest > 1:
        yield _check(
            "groups_are_small",
            f"{found.word.capitalize()} that belong together come in small groups.",
            f"The largest group has {largest:,}.",
            max_items=max(10, 2 * largest),
        )
    if found.classes and not found.source_list.table:
        conflicts = int(conflicting_items(found.items)["group"].nunique())
        yield _check(
            "labels_agree_in_groups",
            f"{found.word.capitalize()} that belong together have one class.",
            f"{conflicts:,} groups have several.",
            critical=False,
            max_groups=conflicts,
        )


def _checks_of_pictures(found: Inspection) -> Iterator[Entry]:
    sound = found.sound
    limits: dict[str, Any]
    if found.kind.has_one_image_shape:
        names = ("height", "width", "channels")
        shape = dict(zip(names, found.source_list.image_shape, strict=True))
        limits = {name: [shape[name]] * 2 for name in ("width", "height", "channels")}
        reason = "All have one size."
    else:
        # A picture of half the smallest side, or of twice the largest, is another kind.
        limits = {
            name: [max(8, int(sound[name].min()) // 2), 2 * int(sound[name].max())]
            for name in ("width", "height")
        }
        channels = [int(sound["channels"].min()), int(sound["channels"].max())]
        limits["channels"] = channels
        seen = [_seen(sound[name]) for name in ("width", "height")]
        reason = f"Seen: width {seen[0]}, height {seen[1]}; half to twice as large."
    yield _check("image_size", "Sizes are those of these pictures.", reason, **limits)
    yield _check(
        "pixel_range",
        "Brightness and contrast are those of these pictures.",
        f"Seen: mean {_seen(sound['mean'])}, deviation {_seen(sound['std'])}.",
        mean=value_range(sound["mean"].tolist(), 0, 255),
        std=value_range(sound["std"].tolist(), 0, 127.5),
    )
    flat = float(sound["std"].min())
    yield _check(
        "images_are_not_blank",
        "No picture is one flat colour.",
        f"The flattest has a deviation of {flat:.3g}.",
        critical=flat > 0,
        std_above=0.0,
    )


def _checks_of_texts(found: Inspection) -> Iterator[Entry]:
    yield _check(
        "encoding_is_clean",
        "No traces of a wrong encoding.",
        "what stands for invalid bytes, and what a wrong decoding leaves",
        critical=not _has_traces(found),
        strings=["\ufffd", "\ufeff", "\u00e2\u20ac"],
    )
    words = found.sound["num_words"].tolist()
    low, high = value_range(words, 1, is_whole=True)
    yield _check(
        "text_length",
        "Paragraphs are neither empty nor run together.",
        f"Seen: {_seen(found.sound['num_words'])} words.",
        num_words=[int(low), int(high)],
    )
    shares = _coverage(found)
    yield _check(
        "vocabulary_coverage",
        "Most tokens of the later splits occur in the training split.",
        f"Seen: {shares:.3f} in the poorer of both; a fifth more may be unknown.",
        min_share=round(max(0.0, 1 - 1.2 * (1 - shares)) - 0.005, 2),
    )


def _has_traces(found: Inspection) -> bool:
    pattern = "\ufffd|\ufeff|\u00e2\u20ac"
    return bool(found.items["text"].str.contains(pattern, case=False).any())


def _coverage(found: Inspection) -> float:
    result = vocabulary_coverage(found.items, 0.0)
    # Worded as "0.928 in validation, 0.934 in test".
    return min(float(part.split()[0]) for part in result.received.split(", "))


def _checks_of_columns(found: Inspection) -> Iterator[Entry]:
    table = found.layout
    sound = found.sound
    yield _check(
        "missing_values",
        "No column misses more values than before, in any split.",
        "The largest share of a split that was seen, and 3 standard errors.",
        max_shares=Entry("max_shares", tuple(_missing_shares(found)) or {}),
        max_other_share=0.0,
    )
    if ranges := tuple(_ranges(found)):
        yield _check(
            "numbers_in_range",
            "Numbers are of the size that was seen: units have not changed.",
            "What was seen, and a margin, larger for few rows.",
            ranges=Entry("ranges", ranges),
        )
        yield _alike(found)
    if table.is_regression:
        yield _check(
            "target_in_range",
            f"The {table.target} is of the size that was seen.",
            f"Seen: {_seen(sound[TARGET])}.",
            range=value_range(sound[TARGET].tolist()),
        )
    if table.categories:
        yield _in_training(found)
    answer = TARGET if table.is_regression else LABEL
    shares = {name: explained_share(sound, name, answer) for name in table.columns}
    most = max(shares, key=lambda name: shares[name])
    yield _check(
        "target_not_copied",
        "No column alone tells the answer.",
        f"{most} tells most, {shares[most]:.2f} of it; 1 would be a copy.",
        max_explained_share=round((shares[most] + COPY) / 2, 3),
    )
    yield _check(
        "identifiers_are_no_features",
        "No column only numbers or names the rows.",
        "Such columns were left out of source.yaml.",
        max_distinct_share=DISTINCT,
    )
    duplicates = int(sound["content_sha256"].duplicated(keep=False).sum())
    yield _check(
        "rows_are_distinct",
        "Few rows come twice.",
        f"{duplicates:,} of {len(sound):,} have values that another row has as well.",
        max_duplicate_share=largest_share(duplicates, len(sound)),
    )
    answers = sound.groupby("content_sha256")[answer].nunique()
    conflicts = int((answers > 1).sum())
    yield _check(
        "duplicate_rows_agree",
        "Rows with equal values have one answer.",
        f"{conflicts:,} sets of equal rows have several.",
        critical=False,
        max_contents=conflicts,
    )


def _missing_shares(found: Inspection) -> Iterator[Entry]:
    """The columns that miss values, others may miss none."""
    for name in feature_columns(found.sound):
        missing = int(found.sound[name].isna().sum())
        if not missing:
            continue
        seen = f"{missing:,} of {len(found.sound):,} seen"
        yield Entry(name, found.missing_limit(name), beside=seen)


def _ranges(found: Inspection) -> Iterator[Entry]:
    whole = {facts.name for facts in found.columns if facts.is_whole}
    for name, column in found.layout.columns.items():
        values = found.sound[name].dropna()
        # New rows have later dates.
        if column.kind == "number" and len(values):
            ends = value_range(values.tolist(), is_whole=name in whole)
            yield Entry(name, list(ends), beside=f"{_seen(values)} seen")


def _alike(found: Inspection) -> Entry:
    """Limits of location and scale that the splits meet with a factor to spare."""
    shift = _first_that_holds(
        _SHIFTS,
        lambda limit: numbers_alike_in_splits(found.sound, limit, 1e9, ()),
    )
    ratio = _first_that_holds(
        _RATIOS,
        lambda limit: numbers_alike_in_splits(found.sound, 1e9, limit, ()),
    )
    return _check(
        "numbers_alike_in_splits",
        "Later splits have numbers of the size of training.",
        f"twice what was seen: shift below {shift:g} interquartile ranges, their ratio "
        f"below {ratio:g}",
        max_shift=2 * shift,
        max_scale_ratio=2 * ratio,
    )


def _first_that_holds(
    limits: Sequence[float], check: Callable[[float], CheckResult]
) -> float:
    return next((limit for limit in limits if check(limit).passed), limits[-1])


def _in_training(found: Inspection) -> Entry:
    training = found.in_split(TRAIN)
    limits = []
    for name in found.layout.categories:
        later = [found.in_split(split) for split in SPLITS if split != TRAIN]
        known = set(training[name].dropna())
        new = [
            int((part[name].notna() & ~part[name].isin(known)).sum()) for part in later
        ]
        if any(new):
            shares = [
                largest_share(count, len(part))
                for count, part in zip(new, later, strict=True)
            ]
            limits.append(Entry(name, max(shares), beside=f"{sum(new):,} rows seen"))
    return _check(
        "categories_in_training",
        "Categories of the later splits occur in training.",
        "New categories seen, and 3 standard errors." if limits else "None is new.",
        max_shares=Entry("max_shares", tuple(limits) or {}),
        max_other_share=0.0,
    )


def _distributions(found: Inspection) -> tuple[Entry, ...]:
    later = [split for split in SPLITS if split != TRAIN and found.split_sizes[split]]
    smallest = min(found.split_sizes[split] for split in (TRAIN, *later))
    buckets = int(min(50, max(5, np.ceil(2 * smallest ** (1 / 3)))))
    pairs = [[split, TRAIN] for split in later]
    return (
        Entry("histogram_buckets", buckets, beside="few bars for few items"),
        _check(
            "fits_schema",
            "Features, types, values and presence are those of the schema.",
            f"The schema is data/{found.source_list.dataset}/schema.pbtxt.",
        ),
        Entry("pairs", pairs, beside="compared split, baseline split"),
        Entry(
            "features",
            tuple(_features(found, later, buckets)),
            above="Splits of these sizes differ by chance, so much at most when items "
            "are dealt anew many times; a quarter more. jensen_shannon is for numbers, "
            "l_infinity for shares of categories.",
        ),
    )


def _features(found: Inspection, later: Sequence[str], buckets: int) -> Iterator[Entry]:
    compared = list(_compared(found))
    for name, measure in compared:
        chances, seen = [], []
        for split in later:
            left, right = (_codes(found, name, part) for part in (split, TRAIN))
            if min(len(left), len(right)) < _FEWEST_VALUES:
                break
            distance = _measure(measure, buckets)
            chances.append(chance_distance(left, right, distance, len(compared)))
            seen.append(distance(left, right))
        else:
            yield _skew_check(name, measure, max(chances), max(seen), found)


def _skew_check(
    name: str, measure: str, chance: float, seen: float, found: Inspection
) -> Entry:
    # Blocks of a text, and a publisher's test set, differ by more than chance.
    differs = seen > chance
    by_chance = f"by chance {chance:.2g}"
    return Entry(
        name,
        (
            Entry("severity", "warning" if differs or found.kind.text else "critical"),
            Entry("measure", measure),
            Entry("threshold", round_up(threshold(chance, seen))),
            Entry("description", "Both splits are alike."),
        ),
        beside=f"seen {seen:.2g}, {by_chance}"
        + (": these splits do differ" if differs else ""),
        one_line=True,
    )


def _compared(found: Inspection) -> Iterator[tuple[str, str]]:
    """Features that are compared between splits, with the measure that fits."""
    if found.source_list.table:
        layout = found.source_list.table
        names: Sequence[str] = layout.numbers
    elif found.kind.text:
        names = ("num_words",)
    else:
        names = ("mean", "std", "width", "height")
    for name in names:
        if found.sound[name].nunique() > 1:
            yield name, "jensen_shannon"
    if found.source_list.table:
        for name in found.layout.categories:
            if found.sound[name].nunique() > 1:
                yield name, "l_infinity"
    if found.kind.answer == TARGET:
        yield TARGET, "jensen_shannon"
    elif found.classes and not found.kind.text:
        yield LABEL, "l_infinity"


def _codes(found: Inspection, name: str, split: str) -> Any:
    values = found.in_split(split)[name].dropna()
    if values.dtype.kind in "fiu":
        # As an example holds them, and so TFDV sees them.
        return values.to_numpy(np.float32).astype(float)
    known = {text: n for n, text in enumerate(sorted(set(found.sound[name].dropna())))}
    return values.map(known).to_numpy(int)


def _measure(name: str, buckets: int) -> Callable[[Any, Any], float]:
    if name == "l_infinity":
        return l_infinity
    return lambda left, right: jensen_shannon(left, right, buckets)


def _seen(values: Any) -> str:
    ends = f"{float(values.min()):.6g}", f"{float(values.max()):.6g}"
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
