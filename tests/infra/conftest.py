# SPDX-License-Identifier: Apache-2.0
"""Programs of the checks, rendered kustomizations and compiled recipes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.project import project_root
from components.ingest.source_list import read_source_list
from infra.checks import tools
from infra.environment.index import NoIndex
from pipelines.config import load_config
from pipelines.context import RunContext
from pipelines.data_version import DataVersion
from tests.support.manifests import Rendered, render_overlays

# A compiled recipe needs no data.
DATA = DataVersion(
    dataset="mnist",
    variant="official",
    folder="data/raw/mnist/official",
    content_sha256="0" * 64,
    dvc_md5="0" * 32 + ".dir",
    matches_dvc_lock=None,
)


@pytest.fixture(scope="session")
def programs() -> tools.Tools:
    """checkov, hadolint, kubectl and the provider's bindings."""
    try:
        return tools.install()
    except NoIndex as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The machine's kubectl, else the one of the checks."""
    found = shutil.which("kubectl")
    if found:
        return Path(found)
    try:
        return tools.install().kubectl
    except NoIndex as error:
        pytest.skip(f"no kubectl on the PATH. {error}")


@pytest.fixture(scope="session")
def rendered(kubectl: Path, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Manifests of every overlay, with the example in place of real keys."""
    return render_overlays(kubectl, tmp_path_factory.mktemp("kustomize"))


@pytest.fixture(scope="session")
def compiled(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], tuple[dict[str, Any], dict[str, Any]]]:
    """Compile mnist-cnn for a pool; both documents."""
    # TFX, which most tests of this folder do without.
    from pipelines.kubeflow.compiler import ClusterTarget, compile_recipe

    folder = tmp_path_factory.mktemp("compiled")
    known: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def compile_for(pool: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if pool not in known:
            path = folder / f"{pool}.yaml"
            config = load_config(project_root())
            source_list = read_source_list(config.root, "mnist")
            context = RunContext(config, source_list, DATA, "mnist-cnn")
            compile_recipe(context, path, ClusterTarget(pool=pool))
            specification, platform = yaml.safe_load_all(path.read_text())
            known[pool] = specification, platform
        return known[pool]

    return compile_for
