# SPDX-License-Identifier: Apache-2.0
"""Argo's controller for the Workflows that KFP's API server makes, step after step.

The part of Argo's language that they use: DAGs with `depends` and `when`, containers,
parameters, and outputs that are read from files. Driver and launcher get the arguments
that stand in the Workflow.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.core.errors import ProdlError, UsageError
from tests.support.kfp.argo_nodes import FAILED, OMITTED, SKIPPED, SUCCEEDED, Nodes
from tests.support.kfp.cluster import Cluster
from tests.support.kfp.driver import OUTPUTS, run_driver
from tests.support.kfp.launcher import launch_step
from tests.support.kfp.run import Step

# Other texts in double braces are KFP's own, and its launcher's.
REFERENCE: Final = re.compile(r"\{\{((?:workflow|inputs|outputs|tasks)\.[^{}]+)\}\}")
CONDITION: Final = re.compile(r"(.*) (==|!=) (.*)")
DEPENDENCY: Final = re.compile(r"(\S+)\.Succeeded")
DRIVER: Final = "driver"

Values = dict[str, str]


@dataclass
class Controller:
    """Runs one Workflow."""

    cluster: Cluster
    """The services and the Pods."""

    workflow: dict[str, Any]
    """The Workflow as the API server stored it."""

    report: Callable[[dict[str, Any]], None]
    """Receives the status whenever a node ends."""

    steps: dict[str, Step] = field(default_factory=dict)
    """Steps whose launcher ran, by name."""

    error: ProdlError | None = None
    """Why the first Pod failed that did; None if none failed."""

    def __post_init__(self) -> None:
        spec = self.workflow["spec"]
        metadata = self.workflow["metadata"]
        self._nodes = Nodes(metadata["name"])
        self._templates = {each["name"]: each for each in spec["templates"]}
        created = metadata["creationTimestamp"]
        self._globals: Values = {
            "workflow.name": metadata["name"],
            "workflow.uid": metadata["uid"],
            "workflow.creationTimestamp.RFC3339": created,
            **{
                f"workflow.parameters.{each['name']}": each["value"]
                for each in spec["arguments"].get("parameters", [])
            },
        }

    def run(self) -> str:
        """Run the Workflow to its end; return its phase."""
        entry = self.workflow["spec"]["entrypoint"]
        name = self.workflow["metadata"]["name"]
        node = self._nodes.start(name, "DAG", entry, [])
        self._run_template(node, entry, {})
        self.report(self._nodes.status())
        return self._nodes.phase(node)

    def _run_template(self, node: str, name: str, given: Values) -> Values:
        """Run what a node is of; return its outputs."""
        template = self._templates[name]
        inputs = self._inputs(template, given)
        if "dag" in template:
            return self._run_dag(node, template["dag"]["tasks"], inputs)
        return self._run_container(node, template, inputs)

    def _inputs(self, template: Mapping[str, Any], given: Values) -> Values:
        declared = template.get("inputs", {}).get("parameters", [])
        values = {each["name"]: each.get("default") for each in declared} | given
        return {f"inputs.parameters.{name}": v or "" for name, v in values.items()}

    def _run_dag(
        self, node: str, tasks: list[dict[str, Any]], inputs: Values
    ) -> Values:
        known, ids = {**self._globals, **inputs}, dict[str, str]()
        waiting = {task["name"]: task for task in tasks}
        while waiting:
            task = next(t for t in waiting.values() if _before(t) <= ids.keys())
            name = task["name"]
            before = [ids[other] for other in _before(task)]
            ids[name] = self._nodes.start(
                f"{self._nodes.nodes[node]['name']}.{name}",
                "DAG" if "dag" in self._templates[task["template"]] else "Pod",
                task["template"],
                before or [node],
            )
            del waiting[name]
            outputs = self._run_task(ids[name], task, before, known)
            known |= {f"tasks.{name}.{key}": v for key, v in outputs.items()}
            self.report(self._nodes.status())
        failed = [name for name in ids if self._nodes.phase(ids[name]) == FAILED]
        message = f"child '{ids[failed[0]]}' failed" if failed else ""
        self._nodes.finish(node, FAILED if failed else SUCCEEDED, message)
        return {}

    def _run_task(
        self, node: str, task: Mapping[str, Any], before: list[str], known: Values
    ) -> Values:
        """Run a task of a DAG, unless what it depends on, or its condition, forbids."""
        if any(self._nodes.phase(other) != SUCCEEDED for other in before):
            self._nodes.finish(node, OMITTED, f"omitted: depends: {task['depends']}")
            return {}
        condition = substitute(task.get("when") or "", known)
        if not _is_true(condition):
            self._nodes.finish(node, SKIPPED, f"when '{condition}' evaluated false")
            return {}
        arguments = task.get("arguments", {}).get("parameters", [])
        given = {a["name"]: substitute(a.get("value", ""), known) for a in arguments}
        return self._run_template(node, task["template"], given)

    def _run_container(
        self, node: str, template: Mapping[str, Any], inputs: Values
    ) -> Values:
        """Run a Pod: a driver, or a launcher with its step."""
        known = {**self._globals, **inputs}
        run = self._drive if template["name"].endswith(DRIVER) else self._launch
        try:
            outputs = run(node, template, known)
        except ProdlError as error:
            self.error = self.error or error
            self._nodes.finish(node, FAILED, "Error (exit code 1)")
            return {}
        self._nodes.finish(node, SUCCEEDED)
        return outputs

    def _drive(self, node: str, template: Mapping[str, Any], known: Values) -> Values:
        declared = template["outputs"]["parameters"]
        paths = {each["name"]: each["valueFrom"]["path"] for each in declared}
        known = known | {f"outputs.parameters.{n}.path": p for n, p in paths.items()}
        arguments = [substitute(a, known) for a in template["container"]["args"]]
        name = self._nodes.nodes[node]["displayName"]
        found = run_driver(self.cluster, name, arguments)
        defaults = {e["name"]: e["valueFrom"].get("default", "") for e in declared}
        return {
            f"outputs.parameters.{name}": found.get(
                path.removeprefix(f"{OUTPUTS}/"), defaults[name]
            )
            for name, path in paths.items()
        }

    def _launch(self, node: str, template: Mapping[str, Any], known: Values) -> Values:
        patch = json.loads(substitute(template["podSpecPatch"], known))
        annotations = {
            substitute(key, known): substitute(value, known)
            for key, value in template.get("metadata", {})
            .get("annotations", {})
            .items()
        }
        # `<workflow>.root.<step>.executor`
        name = self._nodes.nodes[node]["name"].split(".")[-2]
        launched = launch_step(self.cluster, name, patch, annotations)
        if launched.error:
            raise launched.error
        self.steps[name] = Step(
            patch, launched.executor_input, launched.executor_output
        )
        return {}


def substitute(text: str, known: Mapping[str, str]) -> str:
    """Put values in the place of Argo's references.

    Raises:
        UsageError: If one is not known.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise UsageError(f"the Workflow refers to {found[0]}, which nothing has.")
        return known[found[1]]

    return REFERENCE.sub(value, text)


def _before(task: Mapping[str, Any]) -> set[str]:
    """Names of the tasks that must have succeeded."""
    return set(DEPENDENCY.findall(task.get("depends") or ""))


def _is_true(condition: str) -> bool:
    if not condition:
        return True
    found = CONDITION.fullmatch(condition)
    if not found:
        raise UsageError(f"condition {condition!r} of the Workflow is not understood.")
    return (found[1] == found[3]) == (found[2] == "==")
