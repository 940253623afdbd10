# SPDX-License-Identifier: Apache-2.0
"""Which devices train: a TPU, several GPUs together, or the one device there is."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["cpu", "gpu", "tpu"]

# The first names a Cloud TPU; the second is what Kubernetes sets on a TPU node.
TPU_NAME = "TPU_NAME"
TPU_HOSTS = "TPU_WORKER_HOSTNAMES"


@dataclass(frozen=True)
class Devices:
    """What a training runs on.

    Attributes:
        kind: The kind of device.
        strategy: The `tf.distribute` strategy to build and compile the model under.
    """

    kind: Kind
    strategy: Any

    @property
    def description(self) -> str:
        """For the report, for example `2 x gpu`."""
        return f"{self.strategy.num_replicas_in_sync} x {self.kind}"


def find_devices() -> Devices:
    """Find the best devices of this machine and prepare them.

    Raises:
        RuntimeError: If the environment names a TPU that does not answer.
    """
    import tensorflow as tf

    if tpu := tpu_address(os.environ):
        return Devices("tpu", _tpu_strategy(tpu))
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # Without it, the first process on a GPU takes all of its memory.
        tf.config.experimental.set_memory_growth(gpu, True)
    kind: Kind = "gpu" if gpus else "cpu"
    # Logical devices, so that a test can split one CPU in two.
    devices = [d.name for d in tf.config.list_logical_devices(kind.upper())]
    if len(devices) > 1:
        return Devices(kind, tf.distribute.MirroredStrategy(devices))
    return Devices(kind, tf.distribute.get_strategy())


def tpu_address(environment: Mapping[str, str]) -> str:
    """The address of the TPU that an environment names, or an empty string."""
    if name := environment.get(TPU_NAME):
        return name
    return "local" if environment.get(TPU_HOSTS) else ""


def _tpu_strategy(address: str) -> Any:
    import tensorflow as tf

    try:
        return tf.distribute.TPUStrategy(_connect(address))
    except (ValueError, tf.errors.OpError) as error:
        raise RuntimeError(
            f"the environment names a TPU ({address!r}) that does not answer: {error}\n"
            "Install `tensorflow-tpu` on a TPU host, "
            f"or unset {TPU_NAME} and {TPU_HOSTS}."
        ) from error


def _connect(address: str) -> Any:
    import tensorflow as tf

    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(address)
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return resolver
