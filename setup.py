# SPDX-License-Identifier: Apache-2.0
"""The distribution `prodl`. Exact versions are in requirements.lock."""

from setuptools import find_packages, setup

setup(
    name="prodl",
    version="0.1.0",
    description="The deep-learning systems of a textbook as production pipelines",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["pipelines*", "components*"]),
    package_data={"components.report.page": ["templates/*"]},
    entry_points={"console_scripts": ["prodl = pipelines.__main__:main"]},
    install_requires=["click", "numpy", "pillow", "pyarrow", "pypi-simple", "pyyaml"],
    extras_require={
        "local": [
            "apache-beam",
            "dvc",
            "dvc-s3",
            "great-expectations",
            "keras",
            "ml-metadata",
            "pandas",
            "tensorflow",
            "tensorflow-data-validation",
            "tensorflow-model-analysis",
            "tensorflow-transform",
            "tfx",
        ],
        "kubeflow": ["kfp", "kfp-kubernetes", "kfp-pipeline-spec"],
        "reports": ["jinja2", "markupsafe", "rich"],
        "dev": ["mypy", "pytest", "pytest-xdist", "ruff", "types-pyyaml"],
    },
)
