# SPDX-License-Identifier: Apache-2.0
"""Restricted Boltzmann machines (RBMs) of images."""
