# SPDX-License-Identifier: Apache-2.0
"""Near-duplicates: no pair within the distance is missed, at bounded memory."""

import tracemalloc

import numpy as np
from scipy.sparse.csgraph import connected_components

from components.ingest.beam.near_duplicates import MAX_DISTANCE, find_near_duplicates
from tests.support.datasets.perceptual_hashes import flip_bits, random_bits, to_hex


def test_no_pair_within_the_distance_is_missed() -> None:
    bits = random_bits(60)
    copies = np.stack([flip_bits(row, n % 40, n) for n, row in enumerate(bits)])
    everything = np.concatenate([bits, copies])
    pairs = find_near_duplicates(to_hex(everything)).tolist()
    found = {tuple(sorted(pair)) for pair in pairs}
    distances = (everything[:, None] != everything[None]).sum(axis=2)
    wanted = {
        (i, j)
        for i in range(120)
        for j in range(i + 1, 120)
        if distances[i, j] <= MAX_DISTANCE
    }
    assert found == wanted
    assert len(wanted) > 25


def test_pair_that_differs_in_every_stretch_of_bits_is_found() -> None:
    """The bands must be one more than the bits that may differ."""
    (row,) = random_bits(1)
    starts = [part[0] for part in np.array_split(np.arange(len(row)), MAX_DISTANCE)]
    other = row.copy()
    other[starts] ^= 1
    assert len(find_near_duplicates(to_hex(np.stack([row, other])))) == 1


def smallest_in_component(num: int, pairs: np.ndarray) -> np.ndarray:
    """The smallest index of each item's connected component, (num,)."""
    near = np.zeros((num, num), bool)
    near[pairs[:, 0], pairs[:, 1]] = True
    _, labels = connected_components(near, directed=False)
    _, first = np.unique(labels, return_index=True)
    return first[labels]


def cluster(num: int, centre: int, count: int) -> np.ndarray:
    """Hashes that differ in `count` bits from a random one, (num, 256)."""
    (row,) = random_bits(1, centre)
    return np.stack([flip_bits(row, count, n) for n in range(num)])


def test_groups_are_those_of_comparing_every_hash_with_every_other() -> None:
    # All are near in some clusters; others only chains hold together, or nothing does.
    planted = [cluster(60, seed, n) for seed, n in enumerate((4, 10, 11, 12, 14))]
    everything = np.concatenate([random_bits(300, 9), *planted])
    bits = np.random.default_rng(1).permutation(everything)
    distances = (bits[:, None] != bits[None]).sum(axis=2)
    near = np.argwhere(distances <= MAX_DISTANCE)
    wanted = smallest_in_component(600, near)
    found = smallest_in_component(600, find_near_duplicates(to_hex(bits)))
    assert found.tolist() == wanted.tolist()
    assert 300 < len(set(wanted)) < 400


def test_memory_does_not_grow_with_the_pairs_of_one_scene() -> None:
    num = 3000
    scene = to_hex(cluster(num, 0, 3))
    find_near_duplicates(scene[:2])
    tracemalloc.start()
    pairs = find_near_duplicates(scene)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(pairs) == num - 1
    # 4.5 million pairs, two numbers each, would be 72 MB.
    assert peak < 16e6


def test_items_without_a_hash_are_in_no_pair() -> None:
    assert len(find_near_duplicates(["", "", ""])) == 0
    (one,) = to_hex(random_bits(1))
    assert find_near_duplicates(["", one, "", one]).tolist() == [[3, 1]]


def test_flat_pictures_are_no_near_duplicates() -> None:
    assert len(find_near_duplicates(["00" * 32] * 5)) == 0


def test_many_equal_hashes_cost_one_pair_each() -> None:
    (one,) = to_hex(random_bits(1))
    assert len(find_near_duplicates([one] * 5000)) == 4999
