# SPDX-License-Identifier: Apache-2.0
"""A tiny training on two devices; prints what they were and the loss, as JSON.

python -m tests.support.training.two_devices FOLDER
"""

import json
import sys
from pathlib import Path

import tensorflow as tf

from tests.support.training.tiny import train_plain


def main(folder: Path) -> None:
    """Train in a folder, on one CPU that is split into two logical devices."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
    trained = train_plain(folder)
    print(json.dumps([trained.outcome.devices, trained.history[0]["loss"]]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
