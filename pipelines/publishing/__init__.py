# SPDX-License-Identifier: Apache-2.0
"""What stands behind a published model: proof of its run, evidence, verification."""
