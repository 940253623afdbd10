# SPDX-License-Identifier: Apache-2.0
"""Charts as static inline SVG, drawn by this package.

Matplotlib and Altair were considered. A report page is one file without scripts, which
Altair's charts need. Its charts take their colours from CSS variables, for light, dark
and print; they have tooltips and a table of their numbers: Matplotlib's SVG has none of
these. Equal data give equal bytes, and there is nothing to install and import.
"""
