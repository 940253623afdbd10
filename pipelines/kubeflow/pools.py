# SPDX-License-Identifier: Apache-2.0
"""infra/pools.yaml as frozen dataclasses: node pools, and the resources of each step.

The compiler and Terraform read the same file, so that the requests of a Pod and the
resources of a node cannot drift apart. A project without the file has that of prodl.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from components.core.errors import UsageError
from components.core.records import read_record, unknown_name
from components.core.yaml_files import load_yaml
from pipelines.built_in_files import built_in_file

POOLS_FILE: Final = "infra/pools.yaml"
# Pool of the steps without an accelerator.
BASE_POOL: Final = "cpu"
# Kind of a step that the table does not name.
DEFAULT_KIND: Final = "light"


@dataclass(frozen=True)
class Taint:
    """A taint: it keeps other Pods away from a pool's nodes."""

    key: str
    """Key in Kubernetes, for example `nvidia.com/gpu`."""

    value: str
    """Value of the taint."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """Effect on a Pod that does not tolerate it."""


@dataclass(frozen=True)
class Accelerator:
    """The devices of one node."""

    resource: str
    """Name of the container limit: `nvidia.com/gpu`, `google.com/tpu`."""

    type: str
    """The cloud's name of the device."""

    count: int
    """Devices of a step; for a TPU all devices of the node."""

    topology: str = ""
    """Arrangement of a TPU's chips; empty for a GPU."""

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"count must be 1 or more.\nReceived {self.count}.")


@dataclass(frozen=True)
class Allocatable:
    """What a node leaves to Pods."""

    cpu: float
    """Cores."""

    memory: float
    """Gigabytes."""


@dataclass(frozen=True)
class Pool:
    """One node pool."""

    machine_type: str
    """The cloud's name of the machine."""

    allocatable: Allocatable
    """What Pods can have of a node of this machine."""

    disk_gb: int
    """Boot disk, which also holds the scratch folders of Pods."""

    max_nodes: int
    """Upper limit of the autoscaling, which starts at no node."""

    spot: bool
    """Whether the nodes are spot machines, which may be preempted."""

    labels: Mapping[str, str]
    """Labels that Terraform sets and Pods select."""

    selectors: Mapping[str, str] = field(default_factory=dict)
    """Labels that the cloud sets and Pods select too."""

    taints: tuple[Taint, ...] = ()
    """Taints of the nodes, tolerated by the Pods sent there."""

    accelerator: Accelerator | None = None
    """Accelerator of each node; None for a pool without."""

    shared_memory: str = ""
    """Size of /dev/shm; empty for the default."""

    @property
    def node_selector(self) -> dict[str, str]:
        """All labels that a Pod of this pool selects."""
        return {**self.labels, **self.selectors}


@dataclass(frozen=True)
class StepKind:
    """The resources of a kind of step."""

    cpu_request: float
    """Cores that a Pod is guaranteed."""

    cpu_limit: float
    """Cores that it may use."""

    memory_request: float
    """Gigabytes that a Pod is guaranteed."""

    memory_limit: float
    """Gigabytes that it may use."""

    accelerated: bool = False
    """Whether steps of this kind go to the pool that `--pool` names."""

    def __post_init__(self) -> None:
        for what in ("cpu", "memory"):
            request = getattr(self, f"{what}_request")
            limit = getattr(self, f"{what}_limit")
            if not 0 < request <= limit:
                raise ValueError(
                    f"{what}_request must be above 0 and at most {what}_limit.\n"
                    f"Received {request:g} and {limit:g}."
                )


@dataclass(frozen=True)
class Cluster:
    """Names that infra/kubeflow creates and every Pod refers to."""

    namespace: str
    """Namespace of the Pods."""

    service_account: str
    """Service account of the Pods."""

    image_pull_policy: Literal["Always", "IfNotPresent", "Never"]
    """When a node pulls the image."""

    user: int = 0
    """User of the steps' containers, by number; 0 for the image's, by its name."""

    group: int = 0
    """Their group; 0 for the image's."""

    secret: str = ""
    """Secret with credentials of the object store; empty where the cloud has others."""

    secret_keys: tuple[str, ...] = ()
    """Its keys, which become environment variables of the same names."""

    secret_steps: tuple[str, ...] = ()
    """Nodes of the graph that get them."""

    claim: str = ""
    """Volume claim for checkpoints; empty for none."""

    claim_mount: str = ""
    """Mount path, which becomes the state folder of the step."""

    claim_steps: tuple[str, ...] = ()
    """Nodes of the graph that mount it."""


@dataclass(frozen=True)
class Pools:
    """The whole table."""

    pools: Mapping[str, Pool]
    """Name -> node pool."""

    kinds: Mapping[str, StepKind]
    """Kind of step -> its resources."""

    steps: Mapping[str, str]
    """Node of the graph -> kind."""

    cluster: Cluster
    """Names that are the same for every step."""

    def __post_init__(self) -> None:
        for name, known in ((BASE_POOL, self.pools), (DEFAULT_KIND, self.kinds)):
            if name not in known:
                raise ValueError(f"{name!r} is missing.\nReceived {', '.join(known)}.")
        for step, used in self.steps.items():
            if used not in self.kinds:
                raise ValueError(
                    unknown_name(used, self.kinds, f"steps.{step}: unknown kind")
                )
        for name, kind in self.kinds.items():
            for pool in self.pools if kind.accelerated else (BASE_POOL,):
                _require_room(name, kind, pool, self.pools[pool].allocatable)

    def kind_of(self, step: str) -> StepKind:
        """The resources of a node of the graph."""
        return self.kinds[self.steps.get(step, DEFAULT_KIND)]

    def pool_of(self, step: str, accelerated: str) -> Pool:
        """The pool of a node of the graph.

        Args:
            step: Node id.
            accelerated: Name of the pool for the kinds that use an accelerator.
        """
        return self.pool(accelerated if self.kind_of(step).accelerated else BASE_POOL)

    def pool(self, name: str) -> Pool:
        """The pool of that name; a `UsageError` names the nearest valid one."""
        if name not in self.pools:
            what = f"{POOLS_FILE}: unknown pool"
            raise UsageError(unknown_name(name, self.pools, what))
        return self.pools[name]


def _require_room(name: str, kind: StepKind, pool: str, room: Allocatable) -> None:
    """Refuse a kind of step that no node of a pool can hold: it would wait for ever."""
    if kind.cpu_request > room.cpu or kind.memory_request > room.memory:
        raise ValueError(
            f"kinds.{name} requests more than a node of pool {pool!r} leaves to Pods.\n"
            f"Received {kind.cpu_request:g} cores and {kind.memory_request:g} GB, "
            f"expected at most {room.cpu:g} and {room.memory:g}."
        )


def load_pools(root: Path) -> Pools:
    """Read and check the project's table or, if it has none, the built-in one.

    Args:
        root: The project's root folder.

    Raises:
        UsageError: With what was received, what was expected and its place in the file.
    """
    own = root / POOLS_FILE
    path = own if own.exists() else built_in_file(POOLS_FILE)
    return read_record(Pools, load_yaml(path), POOLS_FILE)
