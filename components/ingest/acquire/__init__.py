# SPDX-License-Identifier: Apache-2.0
"""Transfer of verified raw files into a run, from disk or from a DVC remote."""
