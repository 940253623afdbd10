# SPDX-License-Identifier: Apache-2.0
"""The distribution `prodl`: packages, console script and direct dependencies.

The base installation runs `prodl fetch` and every command that only reads; the extra
`local` adds what executes a pipeline. Names only: exact versions are in
requirements.lock. tests/infra/test_packaging.py compares the names with the imports.
"""

from setuptools import find_packages, setup

BASE = [
    *("click", "filelock", "numpy", "packaging", "pillow", "pyarrow", "pydantic"),
    *("pypi-simple", "pyyaml", "requests", "rich", "urllib3"),
]
REPORTS = ["jinja2", "markupsafe"]
LOCAL = [
    *("apache-beam", "dvc", "great-expectations", "keras", "ml-metadata", "pandas"),
    *("protobuf", "scikit-learn", "scipy", "tensorflow", "tensorflow-data-validation"),
    *("tensorflow-metadata", "tensorflow-model-analysis", "tensorflow-transform"),
    *("tfx", *REPORTS),
]

setup(
    name="prodl",
    version="0.1.0",
    description="The deep-learning systems of a textbook as production pipelines",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["pipelines*", "components*", "tfx_kfp*"]),
    package_data={
        "components.report.page": ["templates/*"],
        "tfx_kfp": ["README.md"],
    },
    entry_points={"console_scripts": ["prodl = pipelines.__main__:main"]},
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
