# SPDX-License-Identifier: Apache-2.0
"""A package that an extra brings is named with the extra, in place of a traceback."""

import subprocess
import sys

import pytest

from pipelines.extras import missing_extra

WITHOUT = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Nothing())
from pipelines.__main__ import main
main({arguments})
"""


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("tensorflow_transform.beam", "tensorflow-transform", "local"),
        ("sklearn.linear_model", "scikit-learn", "local"),
        ("markupsafe", "markupsafe", "local"),
        ("kfp", "kfp", "kubeflow"),
        ("py7zr", "py7zr", "kaggle"),
    ],
)
def test_missing_package_is_told_with_its_extra(
    module: str, package: str, extra: str
) -> None:
    error = missing_extra(ModuleNotFoundError(name=module))
    assert str(error) == (
        f"the package {package} is missing, which this command needs.\n"
        f"Install it with: pip install 'prodl[{extra}]'"
    )


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError(name="pipelines.nothing"),
        ModuleNotFoundError(name="nobodys_package"),
        ModuleNotFoundError("without a name"),
        ValueError("another error"),
    ],
)
def test_other_errors_are_not_explained_by_an_extra(error: Exception) -> None:
    assert missing_extra(error) is None


def test_command_of_a_bare_installation_ends_with_the_sentence() -> None:
    code = WITHOUT.format(missing={"jinja2", "markupsafe"}, arguments=["run", "x"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith("pip install 'prodl[local]'\n")
    assert "Traceback" not in done.stderr
