# SPDX-License-Identifier: Apache-2.0
"""Dense networks with embeddings on the rows of a table: classes, or a number."""
