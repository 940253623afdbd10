# SPDX-License-Identifier: Apache-2.0
"""Generative adversarial networks (GANs), unconditional and class-conditional."""
