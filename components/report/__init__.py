# SPDX-License-Identifier: Apache-2.0
"""Report pages: charts, fragments of HTML, and the page composed of sections."""
