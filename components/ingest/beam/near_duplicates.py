# SPDX-License-Identifier: Apache-2.0
"""Search for near-duplicates: perceptual hashes at a small Hamming distance.

Candidates are found by banding: if two hashes differ in at most `MAX_DISTANCE` bits, at
least one of `MAX_DISTANCE + 1` bands of bits is equal. Hence no hash is compared with
all others, no pair within the distance is missed, and all steps are vectorised.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Of 256 bits. docs/walkthrough_photographs.md has the measured distances of copies and
# of unrelated pictures.
MAX_DISTANCE: Final = 20
# The hash of a picture without structure has few set bits: too little to compare.
MIN_BITS: Final = 24

Pairs = NDArray[np.int64]
"""Indices of pairs of items, (pairs, 2)."""


def find_near_duplicates(
    hashes: Sequence[str], max_distance: int = MAX_DISTANCE
) -> Pairs:
    """Find pairs that connect all near-duplicates, also through chains.

    Args:
        hashes: Perceptual hashes in hex, all of one length; "" for an item without one.
        max_distance: Largest Hamming distance of a pair. Defaults to `MAX_DISTANCE`.

    Returns:
        Indices into `hashes`, int64 (pairs, 2): fewer pairs than items, with the same
        connected components as all pairs within the distance.
    """
    known = np.array([i for i, text in enumerate(hashes) if text], np.int64)
    if len(known) < 2:
        return np.empty((0, 2), np.int64)
    content = bytes.fromhex("".join(hashes[i] for i in known))
    rows = np.frombuffer(content, np.uint8).reshape(len(known), -1)
    has_structure = np.unpackbits(rows, axis=1).sum(axis=1) >= MIN_BITS
    known, rows = known[has_structure], rows[has_structure]
    distinct, owner = np.unique(rows, axis=0, return_inverse=True)
    labels = _cluster(np.unpackbits(distinct, axis=1), max_distance)
    pairs: Pairs = known[_pairs_with_first(labels[owner.reshape(-1)])]
    return pairs


def connected_labels(num_items: int, pairs: Pairs) -> NDArray[np.int64]:
    """Label the connected components of a graph.

    Args:
        num_items: Number of nodes.
        pairs: The edges, (pairs, 2).

    Returns:
        Label of each node, (num_items,).
    """
    shape = (num_items, num_items)
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=shape)
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, np.int64)


def _cluster(bits: NDArray[np.uint8], max_distance: int) -> NDArray[np.int64]:
    """Label rows (n, num_bits) by single-linkage clusters within a Hamming distance.

    Pairs are merged as they are found and then dropped: their number may be quadratic
    in the number of rows.
    """
    labels = np.arange(len(bits))
    for band in np.array_split(np.arange(bits.shape[1]), max_distance + 1):
        keys = bits[:, band] @ (1 << np.arange(len(band), dtype=np.int64))
        for left, right in _candidates(keys, labels):
            # Rows that this band has merged already need no comparison.
            is_apart = labels[left] != labels[right]
            left, right = left[is_apart], right[is_apart]
            distance = np.count_nonzero(bits[left] != bits[right], axis=1)
            near = np.stack([left, right], axis=1)[distance <= max_distance]
            if len(near):
                labels = connected_labels(len(bits), labels[near])[labels]
    return labels


def _candidates(
    keys: NDArray[np.int64], labels: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield all pairs with equal keys and unequal labels, a batch at a time.

    A batch has at most one pair per row, so its size is at most the number of rows.
    """
    order = np.lexsort((labels, keys))
    is_new_key = np.diff(keys[order]) != 0
    end = _run_ends(is_new_key)
    left = np.arange(len(keys))
    right = _run_ends(is_new_key | (np.diff(labels[order]) != 0))
    while len(left):
        is_inside = right < end[left]
        left, right = left[is_inside], right[is_inside]
        yield order[left], order[right]
        right = right + 1


def _run_ends(is_new: NDArray[np.bool_]) -> NDArray[np.int64]:
    """End of the run of each element, (n,), from where runs begin, (n - 1,)."""
    ends = np.append(np.flatnonzero(is_new) + 1, len(is_new) + 1)
    return np.repeat(ends, np.diff(ends, prepend=0))


def _pairs_with_first(labels: NDArray[np.int64]) -> Pairs:
    """Pair each index with the first that has the same label."""
    _, first, owner = np.unique(labels, return_index=True, return_inverse=True)
    indices, firsts = np.arange(len(labels)), first[owner]
    pairs: Pairs = np.stack([indices, firsts], axis=1)[indices != firsts]
    return pairs
