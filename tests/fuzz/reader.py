# SPDX-License-Identifier: Apache-2.0
"""What the fuzzer needs to know of a reader, and the cases of a campaign.

A module of `tests/fuzz/readers/` has

    draw_corpus(rng) -> list[bytes]      sound inputs, drawn
    mutate(content, corpus, rng) -> bytes
    run(content, folder) -> None         as the project would read it
    DECLARED                             errors that the reader may raise
    MEMORY_MB                            most memory of one case
"""

import importlib
import shutil
import tempfile
import traceback
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import numpy as np

from tests.fuzz import readers

CPU_SECONDS = 2.0


@dataclass(frozen=True)
class Case:
    """The outcome of one case."""

    index: int
    """Number of the case; with reader and seed it determines the input."""

    cpu_seconds: float = 0.0
    """CPU time, child processes included."""

    peak_mb: float = 0.0
    """Most memory of the process while it ran."""

    escape: str = ""
    """Why the case counts as escaped, "" if it does not."""


@dataclass(frozen=True)
class Campaign:
    """The cases of one reader and seed."""

    name: str
    """Name of the reader's module."""

    seed: int
    """Determines the corpus and, with its index, each case."""

    @cached_property
    def module(self) -> ModuleType:
        """The reader's module."""
        path = self.name if "." in self.name else f"{readers.__name__}.{self.name}"
        return importlib.import_module(path)

    @cached_property
    def corpus(self) -> list[bytes]:
        """The sound inputs."""
        corpus: list[bytes] = self.module.draw_corpus(self._rng())
        return corpus

    def content(self, index: int) -> bytes:
        """The input of a case; the first are the corpus as it is."""
        if index < len(self.corpus):
            return self.corpus[index]
        rng = self._rng(index)
        chosen = self.corpus[rng.integers(len(self.corpus))]
        content: bytes = self.module.mutate(chosen, self.corpus, rng)
        return content

    def run(self, content: bytes) -> str:
        """Read an input in a folder of its own; return the error that escaped."""
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        try:
            self.module.run(content, folder)
        except self.module.DECLARED as error:
            if len(str(error)) > 10_000:
                return f"a message of {len(str(error)):,} characters"
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            return f"{type(error).__name__} at {where}: {str(error)[:200]}"
        finally:
            shutil.rmtree(folder)
        return ""

    def _rng(self, *index: int) -> np.random.Generator:
        return np.random.default_rng(
            [self.seed, zlib.crc32(self.name.encode()), *index]
        )


def reader_names() -> list[str]:
    """Names of all readers."""
    return sorted(found.name for found in iter_modules(readers.__path__))
