# SPDX-License-Identifier: Apache-2.0
"""Checks of a Kubernetes cluster, before the first run of a recipe there."""
