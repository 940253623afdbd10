# SPDX-License-Identifier: Apache-2.0
"""No password of an address reaches a message, however the address is written."""

import time

import pytest

from components.core.redaction import has_password, without_password, without_secrets

SECRET = "hunter2-secret"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:{}@example.org/simple", "https://example.org/simple"),
        ("https://{}@github.com/o/r@v1", "https://github.com/o/r@v1"),
        ("git+https://u:{}@example.org:8443/o/r", "git+https://example.org:8443/o/r"),
        ("ssh://git:{}@example.org/r", "ssh://example.org/r"),
        ("ftp://u:{}@example.org/x", "ftp://example.org/x"),
        ("https://u:{}@[bad", "https://[bad"),
        ("https://u:{}@example.org:port/x", "https://example.org:port/x"),
        ("https://u:{}/more@example.org/x", "https://example.org/x"),
        ("https://u:{}#more@example.org/x", "https://example.org/x"),
        ("https://u:{}@more@example.org/x", "https://example.org/x"),
        ("u:{}@example.org/simple", "example.org/simple"),
        ("//u:{}@example.org/simple", "//example.org/simple"),
        ("https://u:p@s/{}@host/x", "https://host/x"),
        (
            "https://u:p@a.org/x?next=https://b:{}@c.org",
            "https://a.org/x?next=https://c.org",
        ),
        (
            "https://a.org/x?next=https://b:{}@c.org",
            "https://a.org/x?next=https://c.org",
        ),
    ],
)
def test_password_is_left_out(url: str, shown: str) -> None:
    url = url.format(SECRET)
    assert without_password(url) == shown
    assert has_password(url)
    # The same inside a message of a library, in quotation marks.
    message = f"Invalid URL '{url}': perhaps you meant https://{url}?"
    assert SECRET not in without_secrets(message, {})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/pkg@1.0",
        "https://example.org:8080/pkg@1.0",
        "https://[::1]:8080/pkg@1.0",
        "ssh://git@example.org/r",
        "git@example.org:o/r",
        "s3://bucket/key@2x.png",
        "/a/folder@home",
        "storage",
        f"python:3.11@sha256:{'0' * 64}",
        f"registry:5000/prodl:1@sha256:{'0' * 64}",
        "",
    ],
)
def test_address_without_a_password_stays(url: str) -> None:
    assert without_password(url) == url
    assert not has_password(url)
    assert without_secrets(f"not there: {url}", {}) == f"not there: {url}"


def test_values_of_secret_variables_are_hidden() -> None:
    environment = {"AWS_SECRET_ACCESS_KEY": SECRET, "KAGGLE_KEY": "key"}
    message = f"signature of {SECRET} does not match the key"
    assert (
        without_secrets(message, environment)
        == "signature of *** does not match the key"
    )


@pytest.mark.parametrize("unit", ["x", "@", "//", "a:", "a://", "a://b@", "a://b:c@d/"])
def test_long_words_cost_little(unit: str) -> None:
    text = unit * 100_000 + "@"
    start = time.process_time()
    without_secrets(text, {})
    # Linear: a tenth of a second; quadratic would be an hour.
    assert time.process_time() - start < 5
