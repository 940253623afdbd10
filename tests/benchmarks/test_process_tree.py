# SPDX-License-Identifier: Apache-2.0
"""Cost of a block includes processes that its own children left behind."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.process_tree import descendants
from components.core.project import project_root

# In a process of its own, since the block kills everything below the process.
SCRIPT = """
import json, subprocess, sys
from benchmarks.process_tree import measured

work = "x = bytearray(60_000_000)\\nfor _ in range(10_000_000): pass\\n"
left = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]])"
with measured() as cost:
    stay = work + "import time; time.sleep(600)"
    subprocess.run([sys.executable, "-c", left, stay], check=True)
    subprocess.run([sys.executable, "-c", work + "import time; time.sleep(1)"])
print(json.dumps([cost.cpu_seconds, cost.peak_memory_gb]))
"""


def test_processes_that_lost_their_parent_are_counted_and_ended() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(
        command, cwd=project_root(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    cpu_seconds, peak_memory_gb = json.loads(done.stdout)
    assert cpu_seconds > 0.3
    # Two processes with 60 MB each.
    assert 0.12 < peak_memory_gb < 1


def test_descendants_are_found_by_their_parents(tmp_path: Path) -> None:
    parents = {1: 0, 2: 1, 3: 2, 4: 1, 5: 9}
    for process, parent in parents.items():
        (tmp_path / str(process)).mkdir()
        stat = f"{process} (a (strange) name) S {parent} 0 0"
        (tmp_path / str(process) / "stat").write_text(stat)
    (tmp_path / "meminfo").write_text("")
    assert descendants(1, tmp_path) == {2, 3, 4}
