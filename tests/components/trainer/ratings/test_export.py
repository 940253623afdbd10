# SPDX-License-Identifier: Apache-2.0
"""Signatures of models of ratings take what a caller has."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import UsageError
from components.serving.predict import predict
from components.serving.saved_model import SavedModel
from tests.support.models.ratings import (
    draw_ratings,
    scorer_of,
    sound_factors,
    write_model,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> SavedModel:
    """A model of the drawn ratings."""
    folder = tmp_path_factory.mktemp("model") / "1"
    return SavedModel(write_model(folder, *scorer_of(sound_factors())))


def _recommend(model: SavedModel, rated: dict[str, float], count: int) -> list[str]:
    outputs = model.signature("recommend")(
        rated=tf.constant(list(rated), tf.string),
        ratings=tf.constant(list(rated.values()), tf.float32),
        count=tf.constant(count),
    )
    assert (np.diff(outputs["value"].numpy()) <= 0).all()
    return [name.decode() for name in outputs["items"].numpy()]


def test_recommendations_follow_the_taste_and_leave_out_what_is_rated(
    model: SavedModel,
) -> None:
    rated = {"f00": 5.0, "f02": 5.0, "f01": 1.0, "f03": 1.0}
    best = _recommend(model, rated, 8)
    assert all(int(name[1:]) % 2 == 0 for name in best)
    assert not set(best) & set(rated)
    assert len(_recommend(model, rated, 100)) == 26
    turned = {name: 6 - rating for name, rating in rated.items()}
    assert all(int(name[1:]) % 2 for name in _recommend(model, turned, 8))


def test_unknown_items_are_left_out_and_have_no_rating(model: SavedModel) -> None:
    outputs = model.signature("predict_ratings")(
        rated=tf.constant(["f00", "nothing"]),
        ratings=tf.constant([5.0, 1.0]),
        wanted=tf.constant(["f02", "nothing"]),
    )
    alone = model.signature("predict_ratings")(
        rated=tf.constant(["f00"]),
        ratings=tf.constant([5.0]),
        wanted=tf.constant(["f02"]),
    )
    assert np.isnan(outputs["value"].numpy()).tolist() == [False, True]
    assert outputs["value"].numpy()[0] == alone["value"].numpy()[0]


def test_user_of_the_training_is_asked_by_name(model: SavedModel) -> None:
    data = draw_ratings().data
    ask = model.signature("recommend_user")
    known = ask(user=tf.constant("u03"), count=tf.constant(30))
    learnt, later = (
        {data.items[item] for item in part.items[part.rows_by_user[3]]}
        for part in (data.train, data.validation)
    )
    # What validates the training is rated, too.
    rated = learnt | later
    assert later - learnt
    assert not rated & {name.decode() for name in known["items"].numpy()}
    assert len(known["items"]) == 30 - len(rated)
    unknown = ask(user=tf.constant("nobody"), count=tf.constant(3))
    assert (int(known["is_known"]), int(unknown["is_known"])) == (1, 0)


def test_predict_takes_json_files_and_users(model: SavedModel, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("film,rating\nf00,5\nFilm f01,1\nf99,3\n")
    inputs = ["u03", str(path), '{"f00": 5, "film F01": 1}', "nobody", '[["f00", 9]]']
    answers = list(predict(model, inputs, {"count": 2}))
    assert [answer.is_error for answer in answers] == [False] * 3 + [True] * 2
    assert answers[1].text.splitlines()[1:] == answers[2].text.splitlines()[1:]
    assert "unknown to the model: 'f99'" in answers[1].text
    assert "no such user" in answers[3].text
    assert "expected ratings of 1 to 5, received 9" in answers[4].text


def test_predict_gives_the_rating_of_a_wanted_item(model: SavedModel) -> None:
    (answer,) = predict(model, ['{"f00": 5, "f01": 1}'], {"wanted": ("Film f02",)})
    rating = float(answer.text.rpartition("(")[2].partition(")")[0])
    assert "Film f02" in answer.text
    assert rating > 3


def test_title_of_two_films_is_not_taken_for_one_of_them(tmp_path: Path) -> None:
    drawn = draw_ratings().data
    twins = replace(drawn, titles=("Twins", "Twins", *drawn.titles[2:]))
    made = write_model(tmp_path / "1", *scorer_of(sound_factors()), data=twins)
    model = SavedModel(made)
    names = sorted(drawn.items[:2])
    (answer,) = predict(model, ['{"twins": 5}'], {"count": 2})
    assert answer.is_error
    assert "'twins' is the title of 2 items; give the name of one: " in answer.text
    assert ", ".join(names) in answer.text
    with pytest.raises(UsageError, match="--for: 'Twins' is the title of 2 items"):
        list(predict(model, ['{"f02": 5}'], {"wanted": ("Twins",)}))
    (answer,) = predict(model, [f'{{"{names[0]}": 5}}'], {"count": 2})
    assert not answer.is_error
