# SPDX-License-Identifier: Apache-2.0
"""Drawn ratings repeat to the last byte, and their ceiling is what it says."""

from pathlib import Path

import numpy as np
import pytest

from components.contracts.evaluation_facts import read_evaluation_facts
from components.core.errors import DataNotObtainable
from components.ingest.source_list import read_source_list
from components.ingest.synthetic import movielens
from components.ingest.synthetic.archive import files_sha256, generate
from components.ingest.variant import Generator
from pipelines.fingerprint import PROJECT_ROOT

NUM_RATINGS = 40_000


def test_files_are_pinned(tmp_path: Path) -> None:
    # Another value here means another version of the generator: raise VERSION.
    assert files_sha256(movielens.draw_files(tmp_path, 1, NUM_RATINGS)) == PINNED


PINNED = "e2c26f0bf01c3c90706d7e93aa7a78f29cb9097bd175e70611b1499e6f6b2843"


def test_ceiling_is_the_error_of_a_model_that_knows_the_means() -> None:
    drawn = movielens.draw(1, NUM_RATINGS)
    shares = movielens.rating_shares(drawn.truth.means(drawn.users, drawn.films))
    expected = shares @ np.arange(1, 6)
    realised = np.sqrt(np.mean((drawn.ratings - expected) ** 2))
    ceiling = movielens.ceiling(1, NUM_RATINGS)
    assert ceiling == pytest.approx(0.7820, abs=5e-4)
    # The standard error of 40,000 ratings is 0.4 %.
    assert realised == pytest.approx(ceiling, rel=0.012)
    counts = np.bincount(drawn.ratings, minlength=6)[1:]
    assert counts / counts.sum() == pytest.approx(shares.mean(axis=0), abs=0.01)


def test_probabilities_of_ratings_are_those_of_the_noise() -> None:
    shares = movielens.rating_shares(np.array([3.0, 1.0, 9.0]))
    assert shares.sum(axis=1) == pytest.approx([1, 1, 1])
    # Nearly those of a normal law: 2 * Phi(0.625) - 1, and Phi(0.625).
    assert shares[0, 2] == pytest.approx(0.468, abs=0.006)
    assert shares[1, 0] == pytest.approx(0.734, abs=0.006)
    assert shares[2, 4] == pytest.approx(1)


def test_nobody_rates_a_film_twice_but_where_it_is_planted(tmp_path: Path) -> None:
    drawn = movielens.draw(3, 20_000)
    pairs = set(zip(drawn.users.tolist(), drawn.films.tolist(), strict=True))
    assert len(pairs) == len(drawn.ratings) == 20_000
    path, _ = movielens.draw_files(tmp_path, 3, 20_000)
    rows = [line.split(",")[:2] for line in path.read_text().splitlines()[1:]]
    assert len(rows) - len({tuple(row) for row in rows}) == 5


def test_films_have_a_long_tail_and_users_too() -> None:
    drawn = movielens.draw(1, NUM_RATINGS)
    films = np.sort(np.bincount(drawn.films))
    assert films[-1] > 10 * films[0]
    # A fifth of the films has more than two fifths of the ratings.
    assert films[-60:].sum() > 0.4 * NUM_RATINGS
    users = np.bincount(drawn.users)
    assert (users.min(), len(users)) == (6, 600)


def test_other_data_than_listed_are_refused_and_removed(tmp_path: Path) -> None:
    generator = Generator(1, 2, 20_000, content_sha256="0" * 64)
    with pytest.raises(DataNotObtainable, match="drew other data"):
        generate("movielens", generator, tmp_path)
    assert not list(tmp_path.iterdir())


def test_evaluation_knows_the_ceiling_of_the_drawn_variant() -> None:
    variant = read_source_list(PROJECT_ROOT, "movielens").variant("synthetic")
    generator = variant.generator
    assert generator is not None
    assert (generator.version, generator.content_sha256) == (movielens.VERSION, PINNED)
    noted = read_evaluation_facts(PROJECT_ROOT, "movielens")["rmse_ceilings"]
    ceiling = movielens.ceiling(generator.seed, generator.num_items)
    assert noted == {"synthetic": pytest.approx(ceiling, abs=5e-5)}
