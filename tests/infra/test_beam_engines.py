# SPDX-License-Identifier: Apache-2.0
"""Flink and Spark: versions, Java options and folders, as Beam needs them."""

import re
from typing import Any

import pytest

from components.core.project import project_root
from tests.support.manifests import Manifests, Rendered, find

# The newest that Beam tests: other versions refuse the job server's objects.
SPARK = "apache/spark:3.5.0"
DOCUMENT = project_root() / "docs" / "beam.md"
# What Beam's own runner and tests pass to their job servers on Java 17.
OPENED = {
    "beam/flink": ("lang", "nio", "util"),
    "beam/spark": ("lang.invoke", "nio", "util"),
}

engines = pytest.mark.parametrize("name", OPENED)


def _containers(manifests: Manifests) -> dict[tuple[str, str], Any]:
    """Deployment and container -> the container."""
    return {
        (manifest["metadata"]["name"], container["name"]): container
        for manifest in manifests
        if manifest["kind"] == "Deployment"
        for container in manifest["spec"]["template"]["spec"]["containers"]
    }


def _options() -> dict[str, str]:
    """Beam's options in the example of params.yaml."""
    return dict(re.findall(r"^ +- --(\w+)=(\S+)$", DOCUMENT.read_text(), re.MULTILINE))


def test_spark_is_the_one_that_beam_tests(rendered: Rendered) -> None:
    containers = _containers(rendered["beam/spark"]).values()
    images = {c["image"] for c in containers if "spark:" in c["image"]}
    assert images == {SPARK}
    assert SPARK.partition(":")[2] in DOCUMENT.read_text()


@engines
def test_job_server_runs_on_java_17(rendered: Rendered, name: str) -> None:
    server = _containers(rendered[name])["prodl-beam-jobs", "job-server"]
    (options,) = (e["value"] for e in server["env"] if e["name"] == "JAVA_TOOL_OPTIONS")
    for package in OPENED[name]:
        assert f"--add-opens=java.base/java.{package}=ALL-UNNAMED" in options.split()


def test_java_options_of_flinks_own_image_stay(rendered: Rendered) -> None:
    containers = _containers(rendered["beam/flink"]).values()
    found = [c for c in containers if c["image"].startswith("flink")]
    assert len(found) == 2
    for container in found:
        (properties,) = (variable["value"] for variable in container["env"])
        assert "env.java.opts" not in properties


@engines
def test_staged_files_are_where_the_workers_of_the_engine_look(
    rendered: Rendered, name: str
) -> None:
    containers = _containers(rendered[name])
    server = containers["prodl-beam-jobs", "job-server"]
    (folder,) = (
        arg.partition("=")[2] for arg in server["args"] if "artifacts-dir" in arg
    )
    reading = [c for (pod, _), c in containers.items() if pod.endswith("-worker")]
    assert len(reading) == 2
    for container in (server, *reading):
        paths = [mount["mountPath"] for mount in container["volumeMounts"]]
        assert any(folder.startswith(f"{path}/") for path in paths)


def test_documented_options_build_no_package_in_each_step() -> None:
    options = _options()
    assert options["sdk_container_image"] == "local"
    assert options["sdk_worker_parallelism"] == "1"


def test_documented_parallelism_has_its_slots(rendered: Rendered) -> None:
    workers = find(rendered["beam/flink"], "Deployment", "prodl-flink-worker")
    (manager, _) = workers["spec"]["template"]["spec"]["containers"]
    (properties,) = (variable["value"] for variable in manager["env"])
    (slots,) = re.findall(r"numberOfTaskSlots: (\d+)", properties)
    total = int(slots) * workers["spec"]["replicas"]
    assert 1 < int(_options()["parallelism"]) <= total
