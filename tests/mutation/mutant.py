# SPDX-License-Identifier: Apache-2.0
"""Mutants: one small change of one file, with the tests that should notice it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

CATALOGUE = Path(__file__).parent / "mutants"


class StaleMutant(Exception):
    """The code has changed: the text of a mutant is not in it, or several times."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A change of one file."""

    name: str
    """A short name, unique among all mutants."""

    area: str
    """What it is about, for the table."""

    what: str
    """The change in words."""

    file: str
    """The file, relative to the root of the project."""

    old: str
    """Text that occurs once in the file."""

    new: str
    """Text that takes its place."""

    tests: tuple[str, ...]
    """Test files that should notice it; those without the mark `slow` run first."""

    slow_tests: tuple[str, ...] = ()
    """Further test files for a mutant that the first ones do not notice."""

    equivalent: str = ""
    """Proof that no test can notice it; empty for a mutant that must be killed."""

    offset: int = -1
    """Position of `old`, where a tool has drawn it; -1 to search for it."""

    def apply(self, source: str) -> str:
        """Return the changed source.

        Raises:
            StaleMutant: The old text does not occur exactly once, the change is none,
                or the changed source is no Python.
        """
        start = self._find(source)
        changed = source[:start] + self.new + source[start + len(self.old) :]
        if changed == source:
            raise StaleMutant(f"{self.name}: it changes nothing in {self.file}")
        try:
            compile(changed, self.file, "exec")
        except SyntaxError as error:
            raise StaleMutant(f"{self.name}: no Python: {error}") from None
        return changed

    def _find(self, source: str) -> int:
        if self.offset >= 0:
            if not source.startswith(self.old, self.offset):
                raise StaleMutant(f"{self.name}: {self.file} is not what it was")
            return self.offset
        if (times := source.count(self.old)) != 1:
            raise StaleMutant(
                f"{self.name}: expected its text once in {self.file}, found it {times} "
                f"times:\n{self.old}"
            )
        return source.index(self.old)


def read_catalogue(folder: Path = CATALOGUE) -> list[Mutant]:
    """Read the named mutants of every file in a folder, in the order of the files."""
    return [mutant for path in sorted(folder.glob("*.yaml")) for mutant in _read(path)]


def _read(path: Path) -> Iterator[Mutant]:
    """Mutants of a file: groups that share area, file and tests."""
    for group in yaml.safe_load(path.read_text(encoding="utf-8")):
        for name, own in group["mutants"].items():
            what, old, new, *rest = own
            yield Mutant(
                name=name,
                area=group["area"],
                what=what,
                file=group["file"],
                old=old,
                new=new,
                tests=tuple(group["tests"]),
                slow_tests=tuple(group.get("slow_tests", ())),
                equivalent=rest[0] if rest else "",
            )
