# SPDX-License-Identifier: Apache-2.0
"""WHAT runs and WHERE: configuration, graph, runners, lineage, command line."""
