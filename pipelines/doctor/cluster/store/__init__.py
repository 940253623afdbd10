# SPDX-License-Identifier: Apache-2.0
"""The object store of a run: its settings, secrets and answer."""
