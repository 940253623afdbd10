# SPDX-License-Identifier: Apache-2.0
"""Checks of the infrastructure that need neither a cluster nor an account."""
