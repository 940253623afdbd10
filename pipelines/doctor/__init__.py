# SPDX-License-Identifier: Apache-2.0
"""Checks of this machine and this checkout."""
