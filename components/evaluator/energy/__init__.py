# SPDX-License-Identifier: Apache-2.0
"""Evaluation of densities with an energy: restricted Boltzmann machines."""
