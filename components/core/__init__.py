# SPDX-License-Identifier: Apache-2.0
"""What every module may import: errors, settings records, hashing, project root."""
