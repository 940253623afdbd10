# SPDX-License-Identifier: Apache-2.0
"""Builds `.venv` from the lock; nothing here needs more than Python itself."""
