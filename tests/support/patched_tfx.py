# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.support.patched_tfx SCRIPT [FOLDER]`: TFX with code from FOLDER.

Everything else of TFX is the installed one.
"""

import importlib
import runpy
import sys
from pathlib import Path

PARENT = "tfx.orchestration.kubeflow"
PACKAGE = f"{PARENT}.v2"


def main(script: str, folder: str = "") -> None:
    """Run a script.

    Args:
        script: The file.
        folder: Folder with `tfx/orchestration/kubeflow/v2`. Defaults to the installed.
    """
    if folder:
        parent = importlib.import_module(PARENT)
        parent.__path__ = [str(Path(folder, *PARENT.split("."))), *parent.__path__]
        loaded = [name for name in sys.modules if name.startswith(PACKAGE)]
        for name in loaded:
            del sys.modules[name]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
