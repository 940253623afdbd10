# SPDX-License-Identifier: Apache-2.0
"""Clients of a published model: what `prodl predict` and its kin run."""
