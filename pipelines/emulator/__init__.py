# SPDX-License-Identifier: Apache-2.0
"""Execute a compiled specification on this machine without a cluster."""
