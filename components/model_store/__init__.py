# SPDX-License-Identifier: Apache-2.0
"""Published models, in a folder or in an object store."""
