# SPDX-License-Identifier: Apache-2.0
"""Charts as static SVG."""
