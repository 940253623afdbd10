# SPDX-License-Identifier: Apache-2.0
"""What ML Metadata recorded of runs, artifacts and models."""
