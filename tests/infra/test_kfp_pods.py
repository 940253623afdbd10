# SPDX-License-Identifier: Apache-2.0
"""Pods that the checks render are those of KFP's own programs, as far as recorded.

The records lie in `tests/records/kfp`; see the README there.
"""

import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components.core.project import project_root
from infra.checks.kfp_pod import LAUNCHER, driver_pod
from infra.checks.merge import merge
from infra.checks.pods import main_container, render_pods

FOLDER: Final = project_root() / "tests" / "records" / "kfp"
WORKFLOWS: Final = sorted(FOLDER.glob("*/*.workflow.json"))
PATCHES: Final = sorted(set(FOLDER.glob("*/*.json")) - set(WORKFLOWS))
# Depend on the installation: versions of KFP's images, proxies, switches.
OF_THE_INSTALLATION: Final = {"image", "args"}


def _name(path: Path) -> str:
    return f"{path.parent.name}-{path.name.partition('.')[0]}"


def _rendered(path: Path) -> dict[str, Any]:
    specification = path.with_name(f"{path.name.partition('.')[0]}.yaml")
    documents = yaml.safe_load_all(specification.read_text())
    return render_pods(*documents, account="account")


def _template(path: Path, name: str) -> dict[str, Any]:
    """The one template of a Workflow whose name ends so; others differ in metadata."""
    templates = json.loads(path.read_text())["spec"]["templates"]
    (found,) = (each for each in templates if each["name"].endswith(name))
    return dict(found)


def _own(container: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in container.items() if k not in OF_THE_INSTALLATION}


@pytest.mark.parametrize("path", PATCHES, ids=_name)
def test_pods_have_everything_of_the_drivers_patch(path: Path) -> None:
    recorded = json.loads(path.read_text())
    pods = _rendered(path)
    assert pods.keys() == recorded.keys()
    for task, pod in pods.items():
        patch = recorded[task]["pod_spec_patch"]
        for container in patch["containers"]:
            container.pop("command", None)
        assert merge(pod["spec"], patch) == pod["spec"], task


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_pods_of_steps_have_everything_of_the_template(path: Path) -> None:
    template = _template(path, "system-container-impl")
    for task, pod in _rendered(path).items():
        spec = pod["spec"]
        assert spec["securityContext"] == template["securityContext"], task
        for volume in template["volumes"]:
            assert volume in spec["volumes"], task
        main, prepared = main_container(pod), template["container"]
        for name in ("env", "envFrom", "volumeMounts"):
            assert [e for e in prepared[name] if e not in main[name]] == [], task
        context = prepared["securityContext"]
        assert main["securityContext"] | context == main["securityContext"], task
        (launcher,) = (c for c in spec["initContainers"] if c["name"] == "kfp-launcher")
        assert [_own(launcher)] == [_own(c) for c in template["initContainers"]], task
        for container in template["initContainers"]:
            assert container["args"][:2] == launcher["args"] == ["--copy", LAUNCHER]


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_pod_of_a_driver_has_everything_of_the_template(path: Path) -> None:
    template = _template(path, "system-container-driver")
    pod = driver_pod("driver", "account")
    assert pod["spec"]["securityContext"] == template["securityContext"]
    main, prepared = main_container(pod), template["container"]
    for name in ("command", "resources", "securityContext"):
        assert main[name] == prepared[name], name
