# SPDX-License-Identifier: Apache-2.0
"""Training loop: fit, checkpoints, optimizer, precision, devices."""
