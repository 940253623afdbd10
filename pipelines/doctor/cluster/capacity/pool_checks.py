# SPDX-License-Identifier: Apache-2.0
"""Check of each pool of infra/pools.yaml: a node that takes the steps meant for it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from pipelines.doctor.cluster.capacity.autoscaling import find_growth
from pipelines.doctor.cluster.capacity.demand import StepDemand
from pipelines.doctor.cluster.capacity.limit_checks import read_defaults
from pipelines.doctor.cluster.capacity.quantities import read_quantity, show_amount
from pipelines.doctor.cluster.http.answer import undecided
from pipelines.doctor.cluster.subject import Subject
from pipelines.doctor.findings import Finding
from pipelines.kubeflow.pools import POOLS_FILE, Pool

Node = dict[str, Any]
TOLERATE: Final = f"add the taint to the pool in {POOLS_FILE}, and compile again"
LARGER: Final = f"larger nodes, or smaller requests in {POOLS_FILE}, and compile again"


class Obstacle(NamedTuple):
    """Why a node does not take a step."""

    reason: str
    remedy: str


def check_pools(subject: Subject) -> list[Finding]:
    """Every pool, in the order of the table, and steps that go to none of them."""
    found = [check_pool(subject, name) for name in subject.pools.pools]
    known = [pool.node_selector for pool in subject.pools.pools.values()]
    for step in subject.demand.steps:
        if step.selector not in known:
            observed = (
                f"cannot tell from here: {step.name} selects "
                f"{_show(step.selector) or 'no node'}, as no pool of {POOLS_FILE} does"
            )
            return [*found, Finding("pools", "unknown", observed, "compile again")]
    return found


def check_pool(subject: Subject, name: str) -> Finding:
    """The pool has a node for its steps, or can get one."""
    pool = subject.pools.pools[name]
    title = f"pool {name}"
    answer = subject.connection.get("/api/v1/nodes")
    if not answer.is_found:
        return undecided(title, "nodes", answer, "nodes")
    steps = [
        _with_argo(step, subject)
        for step in subject.demand.steps
        if step.selector == pool.node_selector
    ]
    nodes = [node for node in answer.items if _has(node, pool.node_selector)]
    if not steps:
        seen = _number(nodes) if nodes else "no node"
        return Finding(title, "ok", f"{seen}; no step of this run goes there")
    if not nodes:
        return _no_node(subject, title, pool, answer.items)
    return _judge_nodes(title, nodes, steps)


def _with_argo(step: StepDemand, subject: Subject) -> StepDemand:
    """A step with what Argo's container in its Pod requests by default."""
    limits = subject.connection.get(subject.path("limitranges")).items
    beside = read_defaults(limits, "defaultRequest")
    requests = {
        name: amount + beside.get(name, 0.0) for name, amount in step.requests.items()
    }
    return replace(step, requests=requests)


def _judge_nodes(
    title: str, nodes: Sequence[Node], steps: Sequence[StepDemand]
) -> Finding:
    """Nodes with the right labels must also take the steps."""
    for step in steps:
        obstacles = [find_obstacle(node, step) for node in nodes]
        first = obstacles[0]
        if first and all(obstacles):
            observed = f"{step.name} cannot run on {_name(nodes[0])}: {first.reason}"
            return Finding(title, "error", observed, first.remedy)
    free = [n for n in nodes if not any(find_obstacle(n, step) for step in steps)]
    allocatable = (free or list(nodes))[0].get("status", {}).get("allocatable") or {}
    names = list(dict.fromkeys(name for s in steps for name in s.requests))
    offered = ", ".join(
        f"{name} {show_amount(name, read_quantity(allocatable.get(name)))}"
        for name in names
    )
    return Finding(title, "ok", f"{_number(nodes)}, {offered}")


def find_obstacle(node: Node, step: StepDemand) -> Obstacle | None:
    """Why the scheduler would not put a step on an empty node; None if it would."""
    if node.get("spec", {}).get("unschedulable"):
        return Obstacle("it is cordoned", f"kubectl uncordon {_name(node)}")
    for taint in node.get("spec", {}).get("taints") or []:
        found = (taint["key"], taint.get("value", ""), taint["effect"])
        if found[2] != "PreferNoSchedule" and found not in step.tolerated:
            reason = f"untolerated taint {_show_taint(found)}"
            # Kubernetes' own say that something is wrong with the node.
            is_own = found[0].startswith("node.kubernetes.io/")
            describe = f"kubectl describe node {_name(node)}"
            return Obstacle(reason, describe if is_own else TOLERATE)
    allocatable = node.get("status", {}).get("allocatable") or {}
    for name, amount in step.requests.items():
        offered = read_quantity(allocatable.get(name, 0))
        if amount > offered:
            wanted, has = show_amount(name, amount), show_amount(name, offered)
            return Obstacle(f"it offers {name} {has}, the Pod asks {wanted}", LARGER)
    return None


def _no_node(
    subject: Subject, title: str, pool: Pool, nodes: Sequence[Node]
) -> Finding:
    """No node has all labels: one may have some, or an autoscaler may make one."""
    wanted = _show(pool.node_selector)
    for node in nodes:
        if pool.labels and _has(node, pool.labels):
            lacking = {
                key: value
                for key, value in pool.selectors.items()
                if _labels(node).get(key) != value
            }
            observed = f"node {_name(node)} lacks the label {_show(lacking)}"
            remedy = (
                f"empty the pool's selectors in {POOLS_FILE}, and compile again, if "
                "these devices are the right ones"
            )
            return Finding(title, "error", observed, remedy)
    growth = find_growth(subject.connection, title.partition(" ")[2], pool)
    if growth.answer:
        return undecided(title, "the autoscaler's state", growth.answer, growth.what)
    if growth.group:
        observed = f"no node now; the autoscaler can add one: {growth.group}"
        return Finding(title, "ok", observed)
    if growth.is_there:
        observed = (
            f"cannot tell from here: no node has {wanted}, and no group of the "
            f"autoscaler is named for it ({', '.join(growth.groups) or 'none at all'})"
        )
        remedy = f"see in the cloud that a node pool sets {_show(pool.labels)}"
        return Finding(title, "unknown", observed, remedy)
    observed = f"no node has {wanted}, and no autoscaler reports here"
    labels = wanted.replace(", ", " ")
    return Finding(title, "error", observed, f"kubectl label nodes NODE {labels}")


def _number(nodes: Sequence[Node]) -> str:
    return "1 node" if len(nodes) == 1 else f"{len(nodes)} nodes"


def _has(node: Node, labels: Any) -> bool:
    return bool(labels.items() <= _labels(node).items())


def _labels(node: Node) -> dict[str, str]:
    return node.get("metadata", {}).get("labels") or {}


def _name(node: Node) -> str:
    return str(node.get("metadata", {}).get("name", "?"))


def _show(labels: Any) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items())


def _show_taint(taint: tuple[str, str, str]) -> str:
    key, value, effect = taint
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"
