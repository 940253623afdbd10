# SPDX-License-Identifier: Apache-2.0
"""Group items that must not be split: equal pictures, lookalikes, one patient's.

All items of a data set are looked at together, but only their hashes. Candidates are
found by bands: of two hashes that differ in `MAX_DISTANCE` bits at most, one of
`MAX_DISTANCE + 1` bands is equal. So nothing is compared with everything, no pair
within the distance is missed, and every step is one of NumPy's or SciPy's.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Of 256 bits. What copies and other pictures differ in is measured in
# docs/walkthrough_photographs.md.
MAX_DISTANCE: Final = 20
# The hash of a flat picture has hardly a bit: too little to compare.
MIN_BITS: Final = 24

_Pairs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tie:
    """What may tie an item to others.

    Attributes:
        item_id: The item.
        content_sha256: Equal pictures have it in common.
        look: Hash of how it looks, "" for none.
        kin: What it belongs with by name, "" for nothing.
        is_test: Whether it belongs to an official test set.
    """

    item_id: str
    content_sha256: str
    look: str
    kin: str
    is_test: bool


@dataclass(frozen=True)
class Kinship:
    """What was found; an item that is not named stands alone.

    Attributes:
        groups: Group by item, for groups of two or more.
        leaks: Item outside of the official test set -> test item of its group.
    """

    groups: dict[str, str]
    leaks: dict[str, str]


def find_kinship(ties: Sequence[Tie]) -> Kinship:
    """Find the groups of all sound items of a data set.

    A group is named by the smallest content hash in it, so neither the order nor the
    number of other items changes the name, nor the split that follows from it.

    Args:
        ties: One per item.
    """
    if not ties:
        return Kinship({}, {})
    pairs = np.concatenate(
        [
            _equal([tie.content_sha256 for tie in ties]),
            _equal([tie.kin for tie in ties]),
            lookalikes([tie.look for tie in ties]),
        ]
    )
    groups: dict[str, str] = {}
    leaks: dict[str, str] = {}
    for members in _components(len(ties), pairs):
        kindred = [ties[member] for member in members]
        name = min(tie.content_sha256 for tie in kindred)
        groups |= {tie.item_id: name for tie in kindred}
        tested = min((tie.item_id for tie in kindred if tie.is_test), default="")
        if tested:
            leaks |= {tie.item_id: tested for tie in kindred if not tie.is_test}
    return Kinship(groups, leaks)


def lookalikes(looks: Sequence[str], max_distance: int = MAX_DISTANCE) -> _Pairs:
    """Find pairs whose hashes differ in few bits; chains of equal ones are linked once.

    Args:
        looks: Hashes in hex, all of one length; "" for an item without one.
        max_distance: Most bits that may differ. Defaults to `MAX_DISTANCE`.

    Returns:
        int64 [pairs, 2], indices into `looks`.
    """
    known = np.array([i for i, look in enumerate(looks) if look], np.int64)
    if len(known) < 2:
        return np.empty((0, 2), np.int64)
    content = bytes.fromhex("".join(looks[i] for i in known))
    hashes = np.frombuffer(content, np.uint8).reshape(len(known), -1)
    distinct, first, owner = np.unique(
        hashes, axis=0, return_index=True, return_inverse=True
    )
    bits = np.unpackbits(distinct, axis=1)
    telling = np.flatnonzero(_is_telling(bits))
    near = telling[_near(bits[telling], max_distance)]
    same = np.stack([np.arange(len(known)), first[owner.reshape(-1)]], axis=1)
    same = same[(same[:, 0] != same[:, 1]) & _is_telling(bits)[owner.reshape(-1)]]
    pairs: _Pairs = known[np.concatenate([same, first[near].reshape(-1, 2)])]
    return pairs


def _is_telling(bits: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(bits.sum(axis=1) >= MIN_BITS, np.bool_)


def _near(bits: NDArray[np.uint8], max_distance: int) -> _Pairs:
    """Pairs of rows that differ in few bits; no two rows are equal."""
    found = [np.empty((0, 2), np.int64)]
    for band in np.array_split(np.arange(bits.shape[1]), max_distance + 1):
        keys = bits[:, band] @ (1 << np.arange(len(band), dtype=np.int64))
        for left, right in _candidates(keys):
            distance = np.count_nonzero(bits[left] != bits[right], axis=1)
            is_near = distance <= max_distance
            found.append(np.stack([left[is_near], right[is_near]], axis=1))
    return np.concatenate(found)


def _candidates(keys: _Pairs) -> Iterator[tuple[_Pairs, _Pairs]]:
    """All pairs of equal keys, as many at a time as there are keys at most."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    start = np.arange(len(keys))
    for shift in range(1, len(keys)):
        start = start[start + shift < len(keys)]
        start = start[ranked[start] == ranked[start + shift]]
        if not len(start):
            return
        yield order[start], order[start + shift]


def _equal(keys: Sequence[Hashable]) -> _Pairs:
    """Each item with the first that has the same key; an empty key ties nothing."""
    first: dict[Hashable, int] = {}
    pairs = [
        (first.setdefault(key, index), index) for index, key in enumerate(keys) if key
    ]
    return np.array([p for p in pairs if p[0] != p[1]], np.int64).reshape(-1, 2)


def _components(num_items: int, pairs: _Pairs) -> Iterator[list[int]]:
    """Sets of two or more items that pairs connect, also through others."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    shape = (num_items, num_items)
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=shape)
    _, labels = connected_components(graph, directed=False)
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    for members in np.split(order, borders):
        if len(members) > 1:
            yield members.tolist()
