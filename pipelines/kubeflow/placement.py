# SPDX-License-Identifier: Apache-2.0
"""Nodes and resources of the steps of a specification.

Cores, memory and accelerators stand in the specification itself. Selectors,
tolerations, volumes and secrets go into the platform document, as kfp-kubernetes writes
it for a pipeline of KFP's own language. Only fields that the drivers of KFP 2.16 and
2.17 know: they refuse any other.
"""

from typing import Any, Final

from google.protobuf import json_format
from kfp.kubernetes import kubernetes_executor_config_pb2 as kubernetes
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.fingerprint import CODE_VARIABLE
from pipelines.kubeflow.pools import Pool, Pools

EXECUTOR_SUFFIX: Final = "_executor"
# The fingerprint of the code is an annotation and not part of the specification: there
# it would be in the cache key of every step.
CODE_ANNOTATION: Final = "prodl.dev/code"


def container_resources(pools: Pools, step: str, pool: str) -> dict[str, Any]:
    """The requests and limits of a step, as the `resources` of its container."""
    kind = pools.kind_of(step)
    resources = kfp.PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec(
        cpu_request=kind.cpu_request,
        cpu_limit=kind.cpu_limit,
        memory_request=kind.memory_request,
        memory_limit=kind.memory_limit,
    )
    accelerator = pools.pool_of(step, pool).accelerator
    if accelerator:
        # KFP's driver makes of these the container limit `<type>: <count>`.
        resources.accelerator.type = accelerator.resource
        resources.accelerator.count = accelerator.count
    return dict(json_format.MessageToDict(resources))


def platform_document(
    pools: Pools, steps: list[str], pool: str, code: str
) -> dict[str, Any]:
    """The second YAML document of a specification.

    Args:
        pools: The table of pools.
        steps: Node ids.
        pool: Name of the pool for the steps that use an accelerator.
        code: Fingerprint of the code that the image must hold.
    """
    executors = {
        f"{step}{EXECUTOR_SUFFIX}": json_format.MessageToDict(
            _executor(pools, step, pools.pool_of(step, pool), code)
        )
        for step in steps
    }
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _executor(
    pools: Pools, step: str, pool: Pool, code: str
) -> kubernetes.KubernetesExecutorConfig:
    cluster = pools.cluster
    executor = kubernetes.KubernetesExecutorConfig(
        image_pull_policy=cluster.image_pull_policy,
        node_selector=kubernetes.NodeSelector(labels=pool.node_selector),
        pod_metadata=kubernetes.PodMetadata(annotations={CODE_ANNOTATION: code}),
        field_path_as_env=[
            kubernetes.FieldPathAsEnv(
                name=CODE_VARIABLE,
                field_path=f"metadata.annotations['{CODE_ANNOTATION}']",
            )
        ],
    )
    if cluster.user:
        # KFP itself sets the rest that `restricted` asks for. An administrator's own
        # default for all runs has precedence over this.
        executor.security_context.run_as_non_root = True
        executor.security_context.run_as_user = cluster.user
        executor.security_context.run_as_group = cluster.group
    for taint in pool.taints:
        executor.tolerations.add(
            key=taint.key, operator="Equal", value=taint.value, effect=taint.effect
        )
    if pool.shared_memory:
        # There is a field enabled_shared_memory as well: no driver of KFP reads it.
        executor.empty_dir_mounts.add(
            volume_name="shared-memory",
            mount_path="/dev/shm",
            medium="Memory",
            size_limit=pool.shared_memory,
        )
    if cluster.secret and step in cluster.secret_steps:
        secret = executor.secret_as_env.add(secret_name=cluster.secret)
        for key in cluster.secret_keys:
            secret.key_to_env.add(secret_key=key, env_var=key)
    if cluster.claim and step in cluster.claim_steps:
        executor.pvc_mount.add(constant=cluster.claim, mount_path=cluster.claim_mount)
    return executor
