# SPDX-License-Identifier: Apache-2.0
"""The graph of a recipe: wiring only, the same nodes for every execution target."""
