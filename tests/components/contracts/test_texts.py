# SPDX-License-Identifier: Apache-2.0
"""Tokens of texts in many languages; those of English are what they always were."""

import re

import pytest

from components.contracts.texts import (
    TOKEN_PATTERN,
    count_words,
    script_without_blanks,
)

# Of the first published models.
FORMER = (
    "[a-z\u00e0-\u00f6\u00f8-\u00ff]+(?:'[a-z\u00e0-\u00f6\u00f8-\u00ff]+)*"
    "|--|[^\\sa-z\u00e0-\u00f6\u00f8-\u00ff]"
)


def test_tokens_of_english_do_not_change() -> None:
    signs = [chr(code) for code in range(256) if chr(code) != "\u00df"]
    text = " ".join(signs) + "".join(signs) + "don't--'twas\u2014\u201cso\u201d 1865"
    assert re.findall(TOKEN_PATTERN, text) == re.findall(FORMER, text)


@pytest.mark.parametrize(
    ("text", "num_words"),
    [
        ("Die Stra\u00dfe, gr\u00f6\u00dfer", 4),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, \u0401\u043b\u043a\u0430!", 4),
        ("\u038c,\u03c4\u03b9 \u03b8\u03ad\u03bb\u03b5\u03b9\u03c2\u037e", 5),
        ("za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105", 2),
        (
            "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u094b\u0964",
            3,
        ),
        ("\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd", 2),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u06f1\u06f2", 3),
        ("\uc548\ub155 \uc138\uacc4", 2),
        ("l\u2019\u00e9t\u00e9", 1),
        ("\u732b\u304c", 2),
    ],
)
def test_words_of_other_languages_are_whole(text: str, num_words: int) -> None:
    assert count_words(text) == num_words


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("\u732b\u304c\u597d\u304d", "Chinese or Japanese"),
        ("\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "Thai"),
        ("A translation of \u732b into English has many letters", ""),
        ("", ""),
    ],
)
def test_script_without_blanks_is_named(text: str, script: str) -> None:
    assert script_without_blanks([text]) == script
