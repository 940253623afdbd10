# SPDX-License-Identifier: Apache-2.0
"""Devices to train on: a TPU, all GPUs of the machine together, or its CPU."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import tensorflow as tf

DeviceKind = Literal["cpu", "gpu", "tpu"]

# Name of a Cloud TPU, and what Kubernetes sets on a TPU node.
TPU_NAME: Final = "TPU_NAME"
TPU_HOSTS: Final = "TPU_WORKER_HOSTNAMES"


@dataclass(frozen=True)
class Devices:
    """Devices of a training."""

    kind: DeviceKind
    """Kind of all of them."""

    strategy: tf.distribute.Strategy
    """Distribution strategy to build and compile the model under."""

    @property
    def description(self) -> str:
        """Number and kind for the report, for example `2 x gpu`."""
        return f"{self.strategy.num_replicas_in_sync} x {self.kind}"


def find_devices() -> Devices:
    """Find and initialize the devices to train on.

    Returns:
        The TPU that the environment names, else all GPUs, else the CPU.

    Raises:
        RuntimeError: If the environment names a TPU that cannot be reached.
    """
    if tpu := tpu_address(os.environ):
        return Devices("tpu", _tpu_strategy(tpu))
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # By default the first process on a GPU reserves all of its memory.
        tf.config.experimental.set_memory_growth(gpu, True)
    kind: DeviceKind = "gpu" if gpus else "cpu"
    # Logical devices, so that a test can split one CPU in two.
    devices = [d.name for d in tf.config.list_logical_devices(kind.upper())]
    if len(devices) > 1:
        return Devices(kind, tf.distribute.MirroredStrategy(devices))
    return Devices(kind, tf.distribute.get_strategy())


def tpu_address(environment: Mapping[str, str]) -> str:
    """Return the address of the TPU that environment variables name.

    Args:
        environment: Variables by name.

    Returns:
        The name of a Cloud TPU, `local` on a TPU node, or an empty string.
    """
    if name := environment.get(TPU_NAME):
        return name
    return "local" if environment.get(TPU_HOSTS) else ""


def _tpu_strategy(address: str) -> tf.distribute.TPUStrategy:
    try:
        return tf.distribute.TPUStrategy(_connect(address))
    except (ValueError, tf.errors.OpError) as error:
        raise RuntimeError(
            f"the environment names a TPU ({address!r}) that cannot be reached: "
            f"{error}\nInstall `tensorflow-tpu` on a TPU host, "
            f"or unset {TPU_NAME} and {TPU_HOSTS}."
        ) from error


def _connect(address: str) -> tf.distribute.cluster_resolver.TPUClusterResolver:
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(address)
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return resolver
