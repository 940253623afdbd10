# SPDX-License-Identifier: Apache-2.0
"""Factors of users and rated items by alternating least squares."""
