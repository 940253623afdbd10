# SPDX-License-Identifier: Apache-2.0
"""Texts of a cluster: settings of KFP's launcher, and the state of an autoscaler."""

from pathlib import Path

from components.core.errors import ProdlError
from components.core.project import project_root
from components.core.yaml_files import load_yaml
from pipelines.doctor.cluster.capacity.autoscaling import read_groups
from pipelines.doctor.cluster.store.launcher import find_store
from tests.fuzz.mutation import Rng
from tests.fuzz.structure import mutate_yaml

DECLARED = (ProdlError,)
MEMORY_MB = 1000
LAUNCHER = "infra/kubeflow/overlays/s3/launcher.yaml"

mutate = mutate_yaml


def draw_corpus(rng: Rng) -> list[bytes]:
    """The project's own settings, and states of an autoscaler."""
    settings = load_yaml(project_root() / LAUNCHER)["data"]["providers"]
    groups = "nodeGroups:\n- name: https://cloud.invalid/groups/gke-a-gpu-1-grp\n"
    older = "Cluster-wide:\n  Health: ok\nNodeGroups:\n  Name:  asg-gpu\n"
    return [text.encode() for text in (settings, groups, older)]


def run(content: bytes, folder: Path) -> None:
    """Read it as each of them."""
    text = content.decode("latin-1")
    read_groups(text)
    store = find_store("s3://bucket/folder", {"providers": text}, "own:9000")
    assert store.url
