# SPDX-License-Identifier: Apache-2.0
"""Bits per character, of language models and of compressors."""

import math
import string

import numpy as np
import pytest

from components.evaluator.language.bits_per_character import (
    as_characters,
    bits_per_character,
    compressed_bits_per_character,
)


def test_known_words_cost_what_the_model_says() -> None:
    assert bits_per_character(math.log(2) * 30, [], ["a"], 10) == pytest.approx(3.0)


def test_unknown_words_are_spelled() -> None:
    # Letters and end of `ab`, once each, and one count for what was never seen.
    bits = bits_per_character(0.0, ["ab"], ["ab"], 1)

    assert bits == pytest.approx(3 * math.log2(4))


def test_letter_that_was_never_seen_costs_more() -> None:
    usual = bits_per_character(0.0, ["ab"], ["ab"], 1)

    assert bits_per_character(0.0, ["a\u732b"], ["ab"], 1) > usual + 15


def test_compressors_gain_from_the_training_text() -> None:
    letters = np.random.default_rng(0).choice(list(string.ascii_letters), 2000)
    text = "".join(letters)

    repeated = compressed_bits_per_character(text, text)
    new = compressed_bits_per_character(text, "abc")

    assert set(repeated) == {"bz2", "xz"}
    assert all(repeated[name] < new[name] / 1.5 for name in repeated)


def test_texts_are_coded_with_one_space_between_words() -> None:
    assert as_characters([["a", "b"], ["c"]]) == "a b\nc"
