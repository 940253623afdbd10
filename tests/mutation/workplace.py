# SPDX-License-Identifier: Apache-2.0
"""A copy of the working tree in which mutants are tested, and pytest in it.

Starting pytest with TensorFlow and TFX takes 5 to 8 CPU seconds, so the process of each
run is forked by the server that the tests have for their commands.
"""

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutant import Mutant
from tests.support import preloaded

ROOT = Path(__file__).resolve().parents[2]
CLIENT = Path(preloaded.__file__).with_name("client.py")
OPTIONS = ("-x", "-q", "-n0", "-p", "no:cacheprovider", "--no-header", "--tb=line")
# Exit codes of pytest. Others are failures: of a test, of an import, or by a signal.
PASSED, INTERNAL_ERROR, USAGE_ERROR, NO_TESTS = 0, 3, 4, 5


class CampaignError(Exception):
    """The campaign cannot go on: its own tests fail, or pytest cannot start."""


@dataclass(frozen=True)
class TestRun:
    """What a run of the tests came to."""

    __test__ = False

    code: int | None
    """Exit code of pytest; None if it was ended at its time limit."""

    seconds: float
    """Wall time."""

    output: str
    """What it printed."""

    @property
    def has_failed(self) -> bool:
        """Whether the tests noticed that something is wrong.

        Raises:
            CampaignError: If pytest itself could not run.
        """
        if self.code in (INTERNAL_ERROR, USAGE_ERROR):
            raise CampaignError(f"pytest ended with {self.code}:\n{self.output}")
        return self.code not in (PASSED, NO_TESTS)

    @property
    def reason(self) -> str:
        """Why it failed, in a line: the failed test."""
        if self.code is None:
            return f"time limit, {self.seconds:.0f} s"
        marks = ("FAILED ", "ERROR ")
        lines = [ln for ln in self.output.splitlines() if ln.startswith(marks)]
        return lines[0].partition(" - ")[0] if lines else f"exit code {self.code}"


class Workplace:
    """A copy of the tree; everything that a mutant does stays in it.

    Args:
        root: The copy.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(
        self, files: Sequence[str], marker: str = "", seconds: float = 600.0
    ) -> TestRun:
        """Run test files until one test fails.

        Args:
            files: Test files, relative to the root.
            marker: Expression over marks, as `not slow`. Defaults to all tests.
            seconds: Time after which the run is ended.
        """
        marked = ("-m", marker) if marker else ()
        command = [sys.executable, "-I", "-S", str(CLIENT), "-m", "pytest", *OPTIONS]
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="mutation-run-") as scratch:
            try:
                process = subprocess.run(
                    [*command, *marked, *files],
                    cwd=self.root,
                    env=_environment(Path(scratch)),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    errors="replace",
                    timeout=seconds,
                )
                code, output = process.returncode, process.stdout
            except subprocess.TimeoutExpired:
                code, output = None, ""
        return TestRun(code, time.monotonic() - start, output)

    @contextmanager
    def mutated(self, mutant: Mutant) -> Iterator[None]:
        """Have a mutant in the copy while the block runs."""
        path = self.root / mutant.file
        source = path.read_text(encoding="utf-8")
        path.write_text(mutant.apply(source), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(source, encoding="utf-8")


@contextmanager
def open_workplace(root: Path = ROOT) -> Iterator[Workplace]:
    """Copy what git tracks, or would track, of a working tree to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as scratch:
        copy = Path(scratch) / "tree"
        for name in _tracked(root):
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target, follow_symlinks=False)
        # Bytecode that is compared by content: times are too coarse for mutants.
        compileall.compile_dir(
            copy,
            quiet=2,
            invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
        )
        yield Workplace(copy)


def _tracked(root: Path) -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    names = (name.decode() for name in listed.split(b"\0") if name)
    return [name for name in names if (root / name).is_file()]


def _environment(scratch: Path) -> dict[str, str]:
    """Variables of a run: of its own temporary folder, without bytecode on disk."""
    return {
        **os.environ,
        **preloaded.environment(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(scratch),
    }
