# SPDX-License-Identifier: Apache-2.0
"""All charts and fragments of a section, in one module to import from.

Each function takes plain values, escapes them and returns `Markup`:

    html.join(html.paragraph("All 12 checks passed."), html.checks_table(checks))
"""

from components.core.number_format import format_number
from components.report.charts.bar import bar_chart
from components.report.charts.confusion_matrix import confusion_matrix
from components.report.charts.distribution import (
    histogram_pair,
    histograms,
    reliability_diagram,
)
from components.report.charts.line import line_chart
from components.report.charts.scatter import labelled_points, points_on_diagonal
from components.report.fragments.pictures import image_grid, picture
from components.report.fragments.tables import (
    CheckLike,
    check_verdict,
    checks_table,
    facts_list,
    table,
)
from components.report.fragments.text import (
    badge,
    code,
    code_block,
    details,
    escape,
    join,
    link,
    paragraph,
    side_by_side,
    subheading,
)

__all__ = [
    "CheckLike",
    "badge",
    "bar_chart",
    "check_verdict",
    "checks_table",
    "code",
    "code_block",
    "confusion_matrix",
    "details",
    "escape",
    "facts_list",
    "format_number",
    "histogram_pair",
    "histograms",
    "image_grid",
    "join",
    "labelled_points",
    "line_chart",
    "link",
    "paragraph",
    "picture",
    "points_on_diagonal",
    "reliability_diagram",
    "side_by_side",
    "subheading",
    "table",
]
