# SPDX-License-Identifier: Apache-2.0
"""The distribution `prodl`: packages, console script and direct dependencies.

The base installation runs `prodl fetch` and every command that only reads; the extra
`local` adds what executes a pipeline. Names only: exact versions are in
requirements.lock. tests/infra/test_packaging.py compares the names with the imports.
"""

import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

BASE = [
    *("click", "filelock", "numpy", "packaging", "pillow", "pyarrow", "pydantic"),
    *("pypi-simple", "pyyaml", "requests", "rich", "urllib3"),
]
REPORTS = ["jinja2", "markupsafe"]
LOCAL = [
    *("absl-py", "apache-beam", "dvc", "great-expectations", "keras", "ml-metadata"),
    "pandas",
    *("protobuf", "scikit-learn", "scipy", "tensorflow", "tensorflow-data-validation"),
    *("tensorflow-metadata", "tensorflow-model-analysis", "tensorflow-transform"),
    *("tfx", "tfx-bsl", "threadpoolctl", *REPORTS),
]

README = Path("README.md")
# Files of the checkout that the wheel holds too: pipelines/built_in_files.py.
BUILT_IN_FOLDER = Path("pipelines", "built_in")
BUILT_IN = ["infra/pools.yaml", "requirements.lock"]


class BuildWithFiles(build_py):
    """Copies the built-in files, of which the checkout has the one source."""

    def run(self) -> None:
        """Build the packages; an editable installation reads the checkout's files."""
        super().run()
        if self.editable_mode:
            return
        folder = Path(self.build_lib) / BUILT_IN_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        for name in BUILT_IN:
            shutil.copyfile(name, folder / Path(name).name)


setup(
    name="prodl",
    version="0.2.0",
    description="The deep-learning systems of a textbook as production pipelines",
    # The image is built without it.
    long_description=README.read_text(encoding="utf-8") if README.exists() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["pipelines*", "components*", "tfx_kfp*"]),
    cmdclass={"build_py": BuildWithFiles},
    package_data={
        "components.report.page": ["templates/*"],
        "pipelines.new_project": ["templates/*"],
        "tfx_kfp": ["README.md"],
    },
    entry_points={"console_scripts": ["prodl = pipelines.__main__:start"]},
    install_requires=BASE,
    extras_require={
        "local": LOCAL,
        "reports": REPORTS,
        # The cervix competition: its client, and its archives.
        "kaggle": ["kaggle", "py7zr"],
        "kubeflow": [
            *("kfp", "kfp-kubernetes", "kfp-pipeline-spec", "kfp-server-api"),
            "kubernetes",
        ],
        "s3": ["dvc-s3"],
        "dev": ["mypy", "pytest", "pytest-xdist", "ruff", "types-pyyaml"],
    },
)
