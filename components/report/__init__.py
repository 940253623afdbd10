# SPDX-License-Identifier: Apache-2.0
"""Report: sections written by the steps, assembled into one static page."""
