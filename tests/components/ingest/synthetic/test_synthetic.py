# SPDX-License-Identifier: Apache-2.0
"""Synthetic pictures repeat to the last pixel, and are as hard as stated."""

import hashlib
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import UsageError
from components.ingest.readers.cervix import TYPES
from components.ingest.source_list import read_source_list
from components.ingest.synthetic import (
    cats_dogs,
    cats_dogs_pictures,
    cervix,
    cervix_pictures,
)
from components.ingest.synthetic.archive import draw_archive, generate_archive
from components.ingest.synthetic.random_stream import RandomStream
from components.ingest.variant import Generator
from pipelines.fingerprint import PROJECT_ROOT


def _sha256(arrays: list[np.ndarray]) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


def test_random_stream_is_the_published_splitmix64() -> None:
    # The first numbers of the stream that starts with state 1234567.
    stream = RandomStream(0, 0)
    stream._state = 1234567
    known = (6457827717110365317, 3203168211198807973, 9817491932198370423)
    wanted = [(number >> 11) * 2.0**-53 for number in known]
    assert stream.field(1, 3)[0].tolist() == wanted


def test_items_have_streams_of_their_own() -> None:
    firsts = {
        RandomStream(seed, item).uniform() for seed in range(9) for item in range(99)
    }
    assert len(firsts) == 9 * 99
    assert 0.45 < np.mean(list(firsts)) < 0.55


def test_pixels_are_pinned() -> None:
    drawn = [cats_dogs_pictures.draw(1, number)[1] for number in range(4)]
    drawn += [
        cervix_pictures.draw(1, cervix_pictures.draw_patient(1, n, n % 3), 0)
        for n in range(4)
    ]
    # Another value here means another version of the generator: raise VERSION.
    assert _sha256(drawn) == PINNED


PINNED = "603147b91c47bbbd970b96198ec9fcfbf16769d39997217a2cb3fd95544f92d8"


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["cats_dogs", "cervix"])
def test_same_seed_gives_the_same_archive_and_another_one_another(
    tmp_path: Path, dataset: str
) -> None:
    archives = [tmp_path / f"{name}.zip" for name in "abc"]
    hashes = [
        draw_archive(dataset, Generator(1, seed, 40, "0" * 64), archive)
        for archive, seed in zip(archives, (1, 1, 2), strict=True)
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    contents = [archive.read_bytes() for archive in archives]
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.slow
def test_no_planted_kind_of_file_tells_cats_from_dogs(tmp_path: Path) -> None:
    archive = tmp_path / "drawn.zip"
    draw_archive("cats_dogs", Generator(1, 1, 1000, "0" * 64), archive)
    names = [Path(name) for name in zipfile.ZipFile(archive).namelist()]
    # The one picture in both folders is about its label.
    planted = [n for n in names if "-" in n.stem and not n.stem.endswith("-cat")]
    found: dict[str, Counter[str]] = {}
    for name in planted:
        kind = name.stem.rpartition("-")[2]
        found.setdefault(kind, Counter())[name.parent.name] += 1
    named = {"copy": 20, "smaller": 20, "cmyk": 4, "turned": 4}
    assert {kind: found[kind].total() for kind in named} == named
    faults = found.keys() - named.keys()
    assert len(faults) == 8
    assert sum(found[kind].total() for kind in faults) == 18
    for counts in found.values():
        assert set(counts) == set(cats_dogs_pictures.CLASSES)
        assert max(counts.values()) <= 0.65 * counts.total()


def test_data_set_without_a_generator_is_told_how_to_get_one(tmp_path: Path) -> None:
    generator = Generator(1, 1, 4, "0" * 64)
    with pytest.raises(UsageError, match="no generator for data set 'mnist'"):
        generate_archive("mnist", generator, tmp_path)


@pytest.mark.parametrize("module", [cats_dogs, cervix])
def test_source_lists_ask_for_the_version_that_is_here(module) -> None:
    dataset = module.__name__.rpartition(".")[2]
    variant = read_source_list(PROJECT_ROOT, dataset).variant("synthetic")
    assert variant.generator is not None
    assert variant.generator.version == module.VERSION


def test_cats_and_dogs_are_as_many_and_vary_in_size() -> None:
    drawn = [cats_dogs_pictures.draw(1, number) for number in range(30)]
    assert Counter(label for label, _ in drawn) == {"cat": 15, "dog": 15}
    assert len({pixels.shape for _, pixels in drawn}) > 20


def test_types_have_the_published_shares() -> None:
    kinds = Counter(cervix_pictures.kinds_in_order(1, 1000))
    assert [kinds[kind] for kind in range(3)] == [170, 530, 300]
    assert cervix_pictures.TYPES == TYPES


@pytest.mark.slow
def test_ceilings_are_those_of_an_observer_who_sees_every_cue() -> None:
    # Counted anew by drawing: a patient's zone and slit, judged by their frequencies.
    kinds = list(cervix_pictures.kinds_in_order(3, 20_000))
    seen = [cervix_pictures.draw_patient(3, n, kind) for n, kind in enumerate(kinds)]
    table: dict[tuple[int, int], list[int]] = {}
    for who in seen:
        table.setdefault((who.zone, who.slit), [0, 0, 0])[who.kind] += 1
    accuracy = sum(max(counts) for counts in table.values()) / len(seen)
    loss = -np.mean(
        [np.log(t[w.kind] / sum(t)) for w in seen for t in [table[w.zone, w.slit]]]
    )
    wanted_accuracy, wanted_loss = cervix_pictures.ceiling()
    assert accuracy == pytest.approx(wanted_accuracy, abs=0.01)
    assert loss == pytest.approx(wanted_loss, abs=0.01)
    # Hard, yet well below the entropy of the class shares, 0.999 nats.
    assert 0.45 < wanted_loss < 0.6
    assert cats_dogs_pictures.ceiling() == pytest.approx((0.9896, 0.0404), abs=1e-3)


def test_patient_has_one_type_and_pictures_that_differ() -> None:
    who = cervix_pictures.draw_patient(1, 5, 1)
    first, second = (cervix_pictures.draw(1, who, picture) for picture in (0, 1))
    assert cervix_pictures.draw_patient(1, 5, 1) == who
    assert first.shape != second.shape or (first != second).mean() > 0.9
