# SPDX-License-Identifier: Apache-2.0
"""Two nodes: one writes an artifact of the project's own type, one reads it."""

from pathlib import Path

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component

from pipelines.types import WordList


@component
def Split(text: Parameter[str], words: OutputArtifact[WordList]) -> None:  # noqa: N802
    """Write the words of a text."""
    found = text.split()
    Path(words.uri).mkdir(parents=True)
    Path(words.uri, "words.txt").write_text("\n".join(found))
    words.set_int_custom_property("count", len(found))


@component
def Longest(  # noqa: N802
    words: InputArtifact[WordList], at_least: Parameter[int]
) -> OutputDict(word=str):
    """Return the longest word."""
    found = Path(words.uri, "words.txt").read_text().split()
    assert len(found) == words.get_int_custom_property("count")
    return {"word": max((w for w in found if len(w) >= at_least), key=len)}


@component
def Shout(word: Parameter[str], loud: OutputArtifact[WordList]) -> None:  # noqa: N802
    """Write a word that another node returned, in capitals."""
    Path(loud.uri).mkdir(parents=True)
    Path(loud.uri, "words.txt").write_text(word.upper())
