# SPDX-License-Identifier: Apache-2.0
"""Outputs that Kubeflow's own page draws: pages, tables of figures, ROC, confusion."""
