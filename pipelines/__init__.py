# SPDX-License-Identifier: Apache-2.0
"""Configuration, graph, runners, lineage and command line of the recipes."""
