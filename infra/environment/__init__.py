# SPDX-License-Identifier: Apache-2.0
"""Build `.venv` from the lock, with Python's standard library alone."""
