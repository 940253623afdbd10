# SPDX-License-Identifier: Apache-2.0
"""A small drawn data set of ratings: raw files, items and the item table."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.evaluation_facts import EvaluationFacts
from components.contracts.modality import MODALITIES
from components.contracts.ratings_layout import RatingsLayout
from components.core.json_files import write_json
from components.ingest.beam.assign import SplitPlan
from components.ingest.beam.split import SplitRule
from components.ingest.item import RatingItem
from components.ingest.reader_options import FILE, ReaderOptions
from components.ingest.readers import ratings as reader

LAYOUT: Final = RatingsLayout(
    item="film", time="time", title="title", called="film", latest="1998-06-30"
)
RULE: Final = SplitRule("", 0.1, 0.1)
FIRST_TIME: Final = 880_000_000
# Root of the mean variance of a rating given film and taste, by 400,000 draws of each.
CEILING: Final = 0.5545
FACTS: Final = DatasetFacts(
    name="films",
    classes=(),
    modality="ratings",
    image_shape=(),
    content_sha256="0" * 64,
    dvc_md5="0" * 32,
    variant="own",
    ratings=LAYOUT,
    evaluation=EvaluationFacts(rmse_ceilings={"own": CEILING}),
)

Line = list[str]


def draw_lines(
    num_users: int = 60, num_films: int = 30, per_user: int = 20, seed: int = 0
) -> list[Line]:
    """Ratings of two tastes: each user likes one half of the films and not the other.

    Args:
        num_users: Users; the first half has one taste.
        num_films: Films; those of even numbers are to the first taste.
        per_user: Ratings of each user.
        seed: Seed of films and noise.
    """
    rng = np.random.default_rng(seed)
    lines = []
    for user in range(num_users):
        films = rng.choice(num_films, per_user, replace=False)
        for place, film in enumerate(films.tolist()):
            likes = (user < num_users // 2) == (film % 2 == 0)
            mean = 3 + (1.2 if likes else -1.2) + 0.4 * (film % 3 - 1)
            rating = int(np.clip(round(mean + rng.normal(0, 0.5)), 1, 5))
            time = FIRST_TIME + 10_000 * user + 60 * place
            lines.append([f"u{user:02d}", f"f{film:02d}", str(rating), str(time)])
    return lines


def write_raw(folder: Path, lines: Sequence[Line], titles: bool = True) -> Path:
    """Write the raw files of ratings, as Acquire leaves them.

    Args:
        folder: Folder of the files; made if needed.
        lines: User, film, rating and time of each row.
        titles: Whether a table of titles lies beside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["user,film,rating,time", *(",".join(line) for line in lines)]
    (folder / "ratings.csv").write_text("\n".join([*rows, ""]))
    if titles:
        films = sorted({line[1] for line in lines})
        named = ["film,title", *(f"{film},Film {film}" for film in films)]
        (folder / "titles.csv").write_text("\n".join([*named, ""]))
    write_options(folder)
    return folder


def write_options(folder: Path, layout: RatingsLayout = LAYOUT) -> None:
    """Write what Acquire writes beside the raw files."""
    write_json(folder / FILE, asdict(ReaderOptions("films", ratings=layout)))


def read_items(folder: Path) -> list[RatingItem]:
    """Read all items of raw files, by the chunks of the reader."""
    reader.check_files(folder)
    chunks = reader.list_chunks(folder)
    return [item for chunk in chunks for item in reader.read_chunk(folder, chunk)]


def item_table(items: Sequence[RatingItem], rule: SplitRule = RULE) -> pd.DataFrame:
    """The item table that Ingest makes of items."""
    kind = MODALITIES["ratings"]
    rows, _ = SplitPlan(kind, rule, False).split(items)
    return pd.DataFrame(
        {
            name: [
                getattr(row, name)
                if name in ("group", "split")
                else row.item.value(name)
                for row in rows
            ]
            for name in kind.columns
        }
    )
