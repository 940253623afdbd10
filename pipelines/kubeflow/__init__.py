# SPDX-License-Identifier: Apache-2.0
"""Compile a recipe for Kubeflow Pipelines, submit it, run its steps."""
