# SPDX-License-Identifier: Apache-2.0
"""The project's own artifact type."""

from tfx.types.artifact import Artifact


class WordList(Artifact):
    """Words, one a line."""

    TYPE_NAME = "toy.WordList"
