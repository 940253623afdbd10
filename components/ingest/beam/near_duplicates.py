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
    """Link items whose hashes differ in few bits, also through others.

    Args:
        looks: Hashes in hex, all of one length; "" for an item without one.
        max_distance: Most bits that may differ. Defaults to `MAX_DISTANCE`.

    Returns:
        int64 [links, 2], indices into `looks`: fewer than there are items, and they
        connect what all near pairs connect.
    """
    known = np.array([i for i, look in enumerate(looks) if look], np.int64)
    if len(known) < 2:
        return np.empty((0, 2), np.int64)
    content = bytes.fromhex("".join(looks[i] for i in known))
    hashes = np.frombuffer(content, np.uint8).reshape(len(known), -1)
    is_telling = np.unpackbits(hashes, axis=1).sum(axis=1) >= MIN_BITS
    known, hashes = known[is_telling], hashes[is_telling]
    distinct, owner = np.unique(hashes, axis=0, return_inverse=True)
    labels = _near(np.unpackbits(distinct, axis=1), max_distance)
    links: _Pairs = known[_links(labels[owner.reshape(-1)])]
    return links


def _near(bits: NDArray[np.uint8], max_distance: int) -> NDArray[np.int64]:
    """A label for each row, the same for rows that differ in few bits, or for a chain.

    Pairs are merged as they are found and then forgotten: there may be as many as the
    square of the rows.
    """
    labels = np.arange(len(bits))
    for band in np.array_split(np.arange(bits.shape[1]), max_distance + 1):
        keys = bits[:, band] @ (1 << np.arange(len(band), dtype=np.int64))
        for left, right in _candidates(keys, labels):
            # What was merged since the band began needs no comparison.
            is_apart = labels[left] != labels[right]
            left, right = left[is_apart], right[is_apart]
            distance = np.count_nonzero(bits[left] != bits[right], axis=1)
            near = np.stack([left, right], axis=1)[distance <= max_distance]
            if len(near):
                labels = _connected(len(bits), labels[near])[labels]
    return labels


def _candidates(
    keys: NDArray[np.int64], labels: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """All pairs of equal keys and unlike labels, at most one per key at a time."""
    order = np.lexsort((labels, keys))
    is_new_key = np.diff(keys[order]) != 0
    end = _ends(is_new_key)
    left = np.arange(len(keys))
    right = _ends(is_new_key | (np.diff(labels[order]) != 0))
    while len(left):
        is_inside = right < end[left]
        left, right = left[is_inside], right[is_inside]
        yield order[left], order[right]
        right = right + 1


def _ends(is_new: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each place where its run ends, given which places but the first begin one."""
    ends = np.append(np.flatnonzero(is_new) + 1, len(is_new) + 1)
    return np.repeat(ends, np.diff(ends, prepend=0))


def _links(labels: NDArray[np.int64]) -> _Pairs:
    """Each place with the first that has the same label."""
    _, first, owner = np.unique(labels, return_index=True, return_inverse=True)
    places, firsts = np.arange(len(labels)), first[owner]
    links: _Pairs = np.stack([places, firsts], axis=1)[places != firsts]
    return links


def _equal(keys: Sequence[Hashable]) -> _Pairs:
    """Each item with the first that has the same key; an empty key ties nothing."""
    first: dict[Hashable, int] = {}
    pairs = [
        (first.setdefault(key, index), index) for index, key in enumerate(keys) if key
    ]
    return np.array([p for p in pairs if p[0] != p[1]], np.int64).reshape(-1, 2)


def _components(num_items: int, pairs: _Pairs) -> Iterator[list[int]]:
    """Sets of two or more items that pairs connect, also through others."""
    labels = _connected(num_items, pairs)
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    for members in np.split(order, borders):
        if len(members) > 1:
            yield members.tolist()


def _connected(num_items: int, pairs: _Pairs) -> NDArray[np.int64]:
    """A label for each item, the same for those that pairs connect."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    shape = (num_items, num_items)
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=shape)
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, np.int64)
