# SPDX-License-Identifier: Apache-2.0
"""`expectations.yaml` of a user's data: learned limits, each with its reason."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from components.contracts.splits import SPLITS, TEST
from components.validation.items.checks.faults import count_faults
from components.validation.items.checks.groups import conflicting_items, grouped_items
from components.validation.items.checks.texts import vocabulary_coverage
from pipelines.new_data.check_entry import check_entry
from pipelines.new_data.distribution_checks import distribution_checks
from pipelines.new_data.inspection import Inspection, describe_range
from pipelines.new_data.margins import (
    SIGMAS,
    count_range,
    fewest,
    largest_share,
    round_up,
    value_range,
)
from pipelines.new_data.rating_checks import rating_checks
from pipelines.new_data.table_checks import table_checks
from pipelines.new_data.yaml_text import Entry, write_entries

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
        Entry("distributions", distribution_checks(found)),
    ]
    return head + write_entries(body)


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
        yield from table_checks(found)
    if found.source_list.ratings:
        yield from rating_checks(found)


def _checks_of_items(found: Inspection) -> Iterator[Entry]:
    total, word = len(found.items), found.word
    faulty = found.num_faulty
    yield check_entry(
        "items_are_sound",
        f"Nearly all {word} can be read.",
        f"{faulty:,} of {total:,} are faulty; {SIGMAS:g} standard errors more.",
        max_faulty_share=largest_share(faulty, total),
    )
    if faults := count_faults(found.items):
        listed = ", ".join(f"{reason} {count:,}" for reason, count in faults.items())
        shares = {r: largest_share(count, total) for r, count in faults.items()}
        yield check_entry(
            "faults_are_rare",
            "No reason for leaving items out is more frequent than before.",
            f"Seen: {listed}.",
            max_shares=shares,
            max_other_share=largest_share(0, total),
        )
    yield check_entry(
        "item_ids_unique", f"No identifier names two {word}.", "Pages name items by it."
    )
    sizes = found.items["split"].value_counts()
    counts = {split: int(sizes.get(split, 0)) for split in SPLITS}
    limits = {"+".join(SPLITS): list(count_range(total))}
    limits |= {split: list(count_range(n)) for split, n in counts.items()}
    worded = ", ".join(f"{split} {count:,}" for split, count in counts.items())
    yield check_entry(
        "row_counts",
        f"No {word} are lost or added.",
        f"{worded}; a fifth fewer to half as many again",
        splits=limits,
    )
    official = sorted(set(found.items["official_split"]) - {""})
    if official:
        yield check_entry(
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
    yield check_entry(
        "labels_are_known",
        "Nearly every label is one of the classes.",
        f"{unknown:,} of {total:,} have another one, or none.",
        max_unknown_share=largest_share(unknown, total) if unknown else 0.0,
    )
    if found.kind.split_by == "position":
        # Classes of a text are its files or chapters, which follow each other.
        yield check_entry(
            "every_label_occurs", "None of the texts is missing.", "All occur."
        )
        return
    counts = found.counts
    smallest = int(counts.to_numpy().min())
    name, split = counts.stack().idxmin()
    yield check_entry(
        "every_class_present",
        "Every class occurs often enough in each split.",
        f"Fewest: {smallest:,} of {name} in {split}; {SIGMAS:g} deviations fewer.",
        min_items=fewest(smallest),
    )
    sizes = counts.max() / counts.min()
    worst = counts[sizes.idxmax()]
    largest, least = int(worst.max()), int(worst.min())
    chance = np.exp(SIGMAS * np.sqrt(1 / largest + 1 / least))
    yield check_entry(
        "class_balance",
        "No class is much more frequent than before.",
        f"At most {largest:,} to {least:,}, in {sizes.idxmax()}.",
        critical=False,
        max_ratio=round_up(float(largest / least * chance)),
    )


def _checks_of_groups(found: Inspection) -> Iterator[Entry]:
    if found.kind.split_by == "position":
        yield check_entry(
            "splits_are_blocks",
            "The texts are cut into three blocks, not dealt at random.",
            "Neighbouring paragraphs tell too much about each other.",
        )
    if found.kind.split_by != "group":
        return
    shared = len(found.shared)
    yield check_entry(
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
        yield check_entry(
            "groups_are_small",
            f"{found.word.capitalize()} that belong together come in small groups.",
            f"The largest group has {largest:,}.",
            max_items=max(10, 2 * largest),
        )
    if found.classes and not found.source_list.table:
        conflicts = int(conflicting_items(found.items)["group"].nunique())
        yield check_entry(
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
        seen = [describe_range(sound[name]) for name in ("width", "height")]
        reason = f"Seen: width {seen[0]}, height {seen[1]}; half to twice as large."
    yield check_entry(
        "image_size", "Sizes are those of these pictures.", reason, **limits
    )
    mean, deviation = sound["mean"], sound["std"]
    yield check_entry(
        "pixel_range",
        "Brightness and contrast are those of these pictures.",
        f"Seen: mean {describe_range(mean)}, deviation {describe_range(deviation)}.",
        mean=value_range(mean.tolist(), 0, 255),
        std=value_range(deviation.tolist(), 0, 127.5),
    )
    flat = float(deviation.min())
    yield check_entry(
        "images_are_not_blank",
        "No picture is one flat colour.",
        f"The flattest has a deviation of {flat:.3g}.",
        critical=flat > 0,
        std_above=0.0,
    )


def _checks_of_texts(found: Inspection) -> Iterator[Entry]:
    yield check_entry(
        "encoding_is_clean",
        "No traces of a wrong encoding.",
        "what stands for invalid bytes, and what a wrong decoding leaves",
        critical=not _has_traces(found),
        strings=["\ufffd", "\ufeff", "\u00e2\u20ac"],
    )
    words = found.sound["num_words"].tolist()
    low, high = value_range(words, 1, is_whole=True)
    yield check_entry(
        "text_length",
        "Paragraphs are neither empty nor run together.",
        f"Seen: {describe_range(found.sound['num_words'])} words.",
        num_words=[int(low), int(high)],
    )
    shares = _coverage(found)
    yield check_entry(
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
