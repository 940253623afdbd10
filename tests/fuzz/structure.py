# SPDX-License-Identifier: Apache-2.0
"""Mutations of nested values, and of the text of YAML, JSON and HTML."""

import copy
import datetime
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from tests.fuzz.mutation import MAX_BYTES, Rng, mutate

Mutate = Callable[[bytes, Sequence[bytes], Rng], bytes]

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**40, 0.0, -0.5, 1e308),
    *(float("nan"), float("inf"), "", "a", "0", "\0", "\ud7ff", "\ufffe", "x" * 5000),
    *("../../etc/passwd", "{x}", "{", "http://[bad", "file:///etc/passwd", "%", "-"),
    *([], {}, [[]], [{}], {"": None}, [None], {"a": {"a": {"a": {}}}}, [1] * 500),
    *(datetime.date(2026, 1, 2), b"\xff\x00", {1: 2}, {None: 1}, {True: 1}),
]
YAML_TOKENS = [
    *("&a ", "*a", "<<: *a\n", "<<: [*a, *a]\n", "!!python/object:os.system x\n"),
    *("!!timestamp x", "!!int ''", "!!float '-'", "!!bool x", "!!binary '*'", "!!set "),
    *(
        "!!omap ",
        "!!null x",
        "? ",
        "? [a]\n: ",
        ": ",
        "- ",
        "[",
        "{",
        "]",
        "}",
        "---\n",
    ),
    *("...\n", "%YAML 9.9\n", "| \n", "> \n", "'", '"', "\t", "#", ",", "\0", "\x85"),
    *("\u2028", "\ufeff", "2026-13-45", "1:2:3:4", "0x" + "f" * 50, "9" * 5000, "@"),
    *(".nan", "-.inf", "1e5", "0b1", "0o7", "=", "~", "yes", "\\ud800", "&a [*a]"),
    "a0: &a0 [x,x,x,x,x,x,x,x,x]\na1: &a1 [*a0,*a0,*a0,*a0,*a0,*a0,*a0,*a0,*a0]\n",
]
SEPARATORS = (b"\n", b"\n", b" ", b":", b"<", b">")
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "utf-7")


def mutate_yaml(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change values, text, bytes or encoding of a YAML file."""
    choice = rng.random()
    if choice < 0.5:
        # In C, which takes a tenth of the time.
        loaded = yaml.load_all(content, yaml.CSafeLoader)
        documents = [change_value(document, rng) for document in loaded]
        text = yaml.dump_all(
            documents, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True
        )
        content = text.encode("utf-8", errors="surrogatepass")
    if 0.4 < choice < 0.85:
        content = insert_tokens(content, YAML_TOKENS, rng)
    if choice > 0.8:
        content = mutate(content, corpus, rng)
    if choice < 0.02:
        encoding = ENCODINGS[rng.integers(len(ENCODINGS))]
        content = content.decode(errors="replace").encode(encoding, errors="replace")
    return content[:MAX_BYTES]


def change_value(value: Any, rng: Rng) -> Any:
    """Change a nested value in one to four places."""
    changed = copy.deepcopy(value)
    for _ in range(min(4, int(rng.geometric(0.6)))):
        changed = _change_once(changed, rng)
    return changed


def insert_tokens(content: bytes, tokens: Sequence[str], rng: Rng) -> bytes:
    """Insert words of a language, some of them thousands of times."""
    for _ in range(min(5, int(rng.geometric(0.5)))):
        token = tokens[rng.integers(len(tokens))].encode(errors="surrogatepass")
        times = int(4 ** rng.integers(8)) if rng.random() < 0.2 else 1
        at = (
            content.find(
                SEPARATORS[rng.integers(len(SEPARATORS))], _start(content, rng)
            )
            + 1
        )
        content = content[:at] + token * times + content[at:]
    return content


def mutate_language(tokens: Sequence[str]) -> Mutate:
    """Make a mutation that inserts words of a language, changes bytes, or both.

    Args:
        tokens: The words.
    """

    def mutate_words(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
        if rng.random() < 0.7:
            content = insert_tokens(content, tokens, rng)
        if rng.random() < 0.6:
            content = mutate(content, corpus, rng)
        return content[:MAX_BYTES]

    return mutate_words


def _start(content: bytes, rng: Rng) -> int:
    return int(rng.integers(len(content) + 1))


def _change_once(value: Any, rng: Rng) -> Any:
    places = list(_places(value))
    if not places:
        return _odd_value(rng)
    parent, key = places[rng.integers(len(places))]
    change = CHANGES[rng.integers(len(CHANGES))]
    change(parent, key, rng)
    return value


def _places(value: Any) -> Any:
    """Yield each place of a nested value as its parent and key."""
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield value, key
            yield from _places(value[key])


def _odd_value(rng: Rng) -> Any:
    return copy.deepcopy(ODD_VALUES[rng.integers(len(ODD_VALUES))])


def _replace(parent: Any, key: Any, rng: Rng) -> None:
    parent[key] = _odd_value(rng)


def _remove(parent: Any, key: Any, rng: Rng) -> None:
    del parent[key]


def _wrap(parent: Any, key: Any, rng: Rng) -> None:
    value = parent[key]
    for _ in range(int(4 ** rng.integers(4))):
        value = [value] if rng.random() < 0.5 else {"a": value}
    parent[key] = value


def _rename(parent: Any, key: Any, rng: Rng) -> None:
    if isinstance(parent, dict):
        name = ODD_VALUES[rng.integers(20)]
        parent[str(key) + "x" if rng.random() < 0.5 else name] = parent.pop(key)


def _repeat(parent: Any, key: Any, rng: Rng) -> None:
    times = int(4 ** rng.integers(6))
    if isinstance(parent, list):
        parent[key:key] = [parent[key]] * times
    else:
        parent |= {f"{key}{n}": parent[key] for n in range(min(times, 200))}


CHANGES: list[Callable[[Any, Any, Rng], None]] = [
    *(_replace, _replace, _replace, _remove, _wrap, _rename, _repeat)
]
