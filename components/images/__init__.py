# SPDX-License-Identifier: Apache-2.0
"""Image computations that several steps share."""
