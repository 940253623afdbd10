# SPDX-License-Identifier: Apache-2.0
"""checkov finds nothing in Terraform and in rendered manifests."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.project import project_root
from infra.checks.tools import Tools
from tests.support.manifests import Rendered

INFRA = project_root() / "infra"


def _scan(programs: Tools, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Failed checks by framework; one run for both, since starting costs most."""
    settings = str(INFRA / "checks" / "checkov.yaml")
    command = [str(programs.checkov), "--config-file", settings, "--output", "json"]
    result = subprocess.run(
        [*command, "--directory", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    reports = json.loads(result.stdout)
    assert all(report["summary"]["passed"] > 20 for report in reports)
    return {
        report["check_type"]: report["results"]["failed_checks"] for report in reports
    }


@pytest.mark.slow
def test_nothing_is_insecure_that_need_not_be(
    programs: Tools, rendered: Rendered, tmp_path: Path
) -> None:
    shutil.copytree(INFRA / "terraform", tmp_path / "terraform")
    shutil.copy(INFRA / "pools.yaml", tmp_path)
    for name, manifests in rendered.items():
        path = tmp_path / f"{name.replace('/', '-')}.yaml"
        path.write_text(yaml.safe_dump_all(manifests))
    # Planted, to see that what was looked at is what was written.
    (tmp_path / "planted.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: planted, namespace: prodl}\n"
        "spec:\n  hostNetwork: true\n"
        "  containers: [{name: a, image: b, securityContext: {privileged: true}}]\n"
    )
    failed = _scan(programs, tmp_path)
    assert failed.keys() == {"terraform", "kubernetes"}
    planted = {
        check["check_id"]
        for check in failed["kubernetes"]
        if "planted" in check["file_path"]
    }
    assert {"CKV_K8S_16", "CKV_K8S_19"} <= planted
    found = [
        f"{check['check_id']} {check['resource']}"
        for checks in failed.values()
        for check in checks
        if "planted" not in check["file_path"]
    ]
    assert found == []
