# SPDX-License-Identifier: Apache-2.0
"""The rules that data can be held to: one dataclass each, with its limits.

The name of a field of `ItemRules` is the name of the check, in settings, reports and
refusals alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from components.contracts.splits import SPLITS
from components.core.records import unknown_name

Severity = Literal["critical", "warning"]
Measure = Literal["jensen_shannon", "l_infinity"]


@dataclass(frozen=True)
class Rule:
    """What every rule states besides its limits."""

    description: str
    """One sentence for the reader of a report."""

    severity: Severity
    """`critical` stops the pipeline, `warning` is only shown."""


@dataclass(frozen=True)
class LabelsAreKnown(Rule):
    """Every label is one of the classes."""

    max_unknown_share: float
    """Part of the items that may carry another label, or none, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("max_unknown_share", self.max_unknown_share)


@dataclass(frozen=True)
class ItemsAreSound(Rule):
    """Every item could be read."""

    max_faulty_share: float
    """Part of the items that may have a fault, 0 to 1; they are left out anyway."""

    def __post_init__(self) -> None:
        expect_share("max_faulty_share", self.max_faulty_share)


@dataclass(frozen=True)
class FaultsAreRare(Rule):
    """No reason for leaving items out is frequent, and no new one appears unseen."""

    max_shares: Mapping[str, float]
    """Reason, as faults begin -> part of the items that it may take out, 0 to 1."""

    max_other_share: float = 0.0
    """Part of the items that all reasons not named may take out together."""

    def __post_init__(self) -> None:
        for reason, share in {**self.max_shares, "other": self.max_other_share}.items():
            expect_share(f"share of {reason!r}", share)


@dataclass(frozen=True)
class EveryClassPresent(Rule):
    """Each split has sound items of each class."""

    min_items: int
    """Sound items that each class needs in each split."""


@dataclass(frozen=True)
class ClassBalance(Rule):
    """No class of a split is much larger than another."""

    max_ratio: float
    """Largest class divided by smallest, within a split."""


@dataclass(frozen=True)
class ImageSize(Rule):
    """Pictures have the expected shape; one that could not be read is not judged."""

    width: tuple[int, int]
    """Smallest and largest width in pixels."""

    height: tuple[int, int]
    """Smallest and largest height in pixels."""

    channels: tuple[int, int]
    """Fewest and most channels."""

    def __post_init__(self) -> None:
        expect_ordered(width=self.width, height=self.height, channels=self.channels)


@dataclass(frozen=True)
class PixelRange(Rule):
    """Pixel statistics of every picture lie in a range; the scale is 0 to 255."""

    mean: tuple[float, float]
    """Smallest and largest mean over the pixels of a picture."""

    std: tuple[float, float]
    """Smallest and largest standard deviation over the pixels of a picture."""

    def __post_init__(self) -> None:
        expect_ordered(mean=self.mean, std=self.std)


@dataclass(frozen=True)
class ImagesAreNotBlank(Rule):
    """No picture is one flat colour."""

    std_above: float
    """Standard deviation over the pixels that every picture must exceed."""


@dataclass(frozen=True)
class ItemIdsUnique(Rule):
    """No identifier names two items."""


@dataclass(frozen=True)
class NoContentSharedAcrossSplits(Rule):
    """Neither the same pixels nor items of one group lie in two splits."""


@dataclass(frozen=True)
class GroupsAreSmall(Rule):
    """No group of items that must stay together is so large that the split suffers."""

    max_items: int
    """Most sound items of one group."""


@dataclass(frozen=True)
class LabelsAgreeInGroups(Rule):
    """Equal pictures, lookalikes and pictures of one patient have one label."""

    max_groups: int
    """Groups that may have more than one label."""


@dataclass(frozen=True)
class RowCounts(Rule):
    """Splits have the expected number of items, faulty ones included."""

    splits: Mapping[str, tuple[int, int]]
    """Fewest and most items of a split, or of several joined by `+`."""

    def __post_init__(self) -> None:
        expect_ordered(**self.splits)
        for name in self.splits:
            expect_known(name.split("+"), SPLITS, "unknown split")


@dataclass(frozen=True)
class OfficialSplitPreserved(Rule):
    """The publisher's splits stay what they are."""

    splits: Mapping[str, tuple[str, ...]]
    """Name of an official split -> the splits that its items may lie in."""

    def __post_init__(self) -> None:
        for ours in self.splits.values():
            expect_known(ours, SPLITS, "unknown split")


@dataclass(frozen=True)
class EveryLabelOccurs(Rule):
    """Each label occurs in some split."""


@dataclass(frozen=True)
class TextsWithout(Rule):
    """No text holds one of some strings, upper or lower case."""

    strings: tuple[str, ...]
    """What must not occur."""


@dataclass(frozen=True)
class TextLength(Rule):
    """Every text has so many tokens."""

    num_words: tuple[int, int]
    """Fewest and most."""

    def __post_init__(self) -> None:
        expect_ordered(num_words=self.num_words)


@dataclass(frozen=True)
class SplitsAreBlocks(Rule):
    """Read in order, the text is train, then validation, then test."""


@dataclass(frozen=True)
class VocabularyCoverage(Rule):
    """The tokens of the later splits occur in the training split."""

    min_share: float
    """Part of the tokens of each later split, 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("min_share", self.min_share)


@dataclass(frozen=True)
class ItemRules:
    """The expectations on items by name; one that is left out is not checked."""

    labels_are_known: LabelsAreKnown | None = None
    items_are_sound: ItemsAreSound | None = None
    faults_are_rare: FaultsAreRare | None = None
    item_ids_unique: ItemIdsUnique | None = None
    row_counts: RowCounts | None = None
    official_split_preserved: OfficialSplitPreserved | None = None
    every_class_present: EveryClassPresent | None = None
    class_balance: ClassBalance | None = None
    image_size: ImageSize | None = None
    pixel_range: PixelRange | None = None
    images_are_not_blank: ImagesAreNotBlank | None = None
    no_content_shared_across_splits: NoContentSharedAcrossSplits | None = None
    every_label_occurs: EveryLabelOccurs | None = None
    encoding_is_clean: TextsWithout | None = None
    no_licence_text: TextsWithout | None = None
    text_length: TextLength | None = None
    splits_are_blocks: SplitsAreBlocks | None = None
    vocabulary_coverage: VocabularyCoverage | None = None
    groups_are_small: GroupsAreSmall | None = None
    labels_agree_in_groups: LabelsAgreeInGroups | None = None

    def named(self) -> dict[str, Rule]:
        """The rules that are set, in the order of the fields."""
        return {name: rule for name, rule in vars(self).items() if rule is not None}


@dataclass(frozen=True)
class FeatureRule(Rule):
    """A feature is distributed alike in two splits."""

    measure: Measure
    """`jensen_shannon` for numbers and labels, `l_infinity` for labels only."""

    threshold: float
    """Largest distance that still counts as alike; both measures lie in 0 to 1."""

    def __post_init__(self) -> None:
        expect_share("threshold", self.threshold)


def expect_share(name: str, value: float) -> None:
    """Refuse what is no part of a whole."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1.\nReceived {value}.")


def expect_ordered(**bounds: tuple[float, float]) -> None:
    """Refuse bounds that nothing can lie in."""
    for name, (low, high) in bounds.items():
        if low > high:
            raise ValueError(
                f"{name} must be [smallest, largest].\nReceived [{low}, {high}]."
            )


def expect_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Refuse the first name that is not known, naming the nearest that is."""
    choices = tuple(known)
    for name in names:
        if name not in choices:
            raise ValueError(unknown_name(name, choices, what))
