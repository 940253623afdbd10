# SPDX-License-Identifier: Apache-2.0
"""Groups: equal pictures, lookalikes and one patient's, also in chains."""

import tracemalloc

import numpy as np
from scipy.sparse.csgraph import connected_components

from components.ingest.beam.near_duplicates import (
    MAX_DISTANCE,
    Tie,
    find_kinship,
    lookalikes,
)


def looks(num: int, seed: int = 0) -> np.ndarray:
    """Random hashes as bits [num, 256]."""
    return np.random.default_rng(seed).integers(0, 2, (num, 256)).astype(np.uint8)


def hexed(bits: np.ndarray) -> list[str]:
    return [np.packbits(row).tobytes().hex() for row in bits]


def flipped(row: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    changed = row.copy()
    changed[np.random.default_rng(seed).permutation(256)[:count]] ^= 1
    return changed


def tie(item_id: str, content: str, **more: object) -> Tie:
    return Tie(item_id, content, **({"look": "", "kin": "", "is_test": False} | more))


def test_no_pair_within_the_distance_is_missed() -> None:
    bits = looks(60)
    copies = np.stack([flipped(row, n % 40, n) for n, row in enumerate(bits)])
    everything = np.concatenate([bits, copies])
    found = {tuple(sorted(p)) for p in lookalikes(hexed(everything)).tolist()}
    distances = (everything[:, None] != everything[None]).sum(axis=2)
    wanted = {
        (i, j)
        for i in range(120)
        for j in range(i + 1, 120)
        if distances[i, j] <= MAX_DISTANCE
    }
    assert found == wanted
    assert len(wanted) > 25


def grouped(num: int, links: np.ndarray) -> np.ndarray:
    """The smallest index of each item's group."""
    near = np.zeros((num, num), bool)
    near[links[:, 0], links[:, 1]] = True
    _, labels = connected_components(near, directed=False)
    _, first = np.unique(labels, return_index=True)
    return first[labels]


def cluster(num: int, centre: int, count: int) -> np.ndarray:
    """Hashes that differ in so many bits from a random one."""
    (row,) = looks(1, centre)
    return np.stack([flipped(row, count, n) for n in range(num)])


def test_groups_are_those_of_comparing_every_hash_with_every_other() -> None:
    # All are near in some clusters; others only chains hold together, or nothing does.
    planted = [cluster(60, seed, n) for seed, n in enumerate((4, 10, 11, 12, 14))]
    everything = np.concatenate([looks(300, 9), *planted])
    bits = np.random.default_rng(1).permutation(everything)
    distances = (bits[:, None] != bits[None]).sum(axis=2)
    near = np.argwhere(distances <= MAX_DISTANCE)
    wanted = grouped(600, near)
    found = grouped(600, lookalikes(hexed(bits)))
    assert found.tolist() == wanted.tolist()
    assert 300 < len(set(wanted)) < 400


def test_memory_does_not_grow_with_the_pairs_of_one_scene() -> None:
    num = 3000
    scene = hexed(cluster(num, 0, 3))
    lookalikes(scene[:2])
    tracemalloc.start()
    links = lookalikes(scene)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(links) == num - 1
    # 4.5 million pairs, two numbers each, would be 72 MB.
    assert peak < 16e6


def test_items_without_a_hash_tie_nothing() -> None:
    assert len(lookalikes(["", "", ""])) == 0
    (one,) = hexed(looks(1))
    assert lookalikes(["", one, "", one]).tolist() == [[3, 1]]


def test_flat_pictures_are_no_lookalikes() -> None:
    assert len(lookalikes(["00" * 32] * 5)) == 0


def test_many_equal_hashes_cost_one_link_each() -> None:
    (one,) = hexed(looks(1))
    assert len(lookalikes([one] * 5000)) == 4999


def test_chains_of_every_kind_make_one_group_named_by_its_smallest_content() -> None:
    (row,) = looks(1)
    near, far = hexed(np.stack([row, flipped(row, 9)]))
    ties = [
        tie("a", "c9", look=near),
        tie("b", "c8", look=far, kin="p1"),
        tie("c", "c1", kin="p1"),
        tie("d", "c1"),
        tie("e", "c5"),
    ]
    kinship = find_kinship(ties)
    assert kinship.groups == dict.fromkeys("abcd", "c1")
    assert kinship.leaks == {}


def test_training_item_in_a_group_with_a_test_item_leaks() -> None:
    ties = [
        tie("test/1", "c", is_test=True),
        tie("train/1", "c"),
        tie("train/2", "x", kin="p"),
        tie("train/3", "c", kin="p"),
        tie("train/4", "y"),
    ]
    leaks = find_kinship(ties).leaks
    assert leaks == dict.fromkeys(("train/1", "train/2", "train/3"), "test/1")


def test_more_items_change_no_group() -> None:
    ties = [tie("a", "c1"), tie("b", "c1"), tie("c", "c2")]
    more = [*ties, tie("d", "c3"), tie("e", "c3")]
    few, many = find_kinship(ties).groups, find_kinship(more[::-1]).groups
    assert few.items() <= many.items()


def test_nothing_has_no_groups() -> None:
    assert find_kinship([]).groups == {}
