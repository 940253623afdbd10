# SPDX-License-Identifier: Apache-2.0
"""Charts: valid SVG whatever the values, small, and readable without seeing."""

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup

from components.report import html
from components.report.charts.scale import linear, logarithmic, tick_labels

NAN, INF = float("nan"), float("inf")


def svgs(fragment: str) -> list[ElementTree.Element]:
    found = re.findall(r"<svg.*?</svg>", fragment, re.DOTALL)
    return [ElementTree.fromstring(svg) for svg in found]


CHARTS = [
    html.line_chart({"a": [3, 1, 2]}, "plain", "epoch", "loss"),
    html.line_chart({"a": [1]}, "one value"),
    html.line_chart({"a": [0.0]}, "one zero"),
    html.line_chart({"a": [1, NAN, 3, None, INF, -INF]}, "gaps"),
    html.line_chart({"a": [NAN, NAN], "b": [1, 2]}, "one series without values"),
    html.line_chart({"a": [5, 5, 5]}, "flat"),
    html.line_chart({"a": [1.0, 1.0 + 1e-16]}, "as good as flat"),
    html.line_chart({"a": [1e300, -1e300, 1e299]}, "huge"),
    html.line_chart({"a": [1e-300, 1e-200]}, "small", log_y=True),
    html.line_chart({"a": [1, 0, -1], "b": [2, 4, 8]}, "log", log_y=True),
    html.line_chart({"a": [7, 7]}, "log, flat", log_y=True, references={"b": 0}),
    html.line_chart({"a": [1, 2]}, "uneven", x=[0.1, 10], references={"n": NAN}),
    html.line_chart({"long": [1, 2, 3], "short": [1]}, "lengths"),
    html.line_chart({"a": np.array([0.5, 0.25], np.float32)}, "arrays"),
    html.line_chart({f"run {i}": [i, i + 1] for i in range(20)}, "many"),
    html.bar_chart(["a", "b"], {"x": [1, 2], "y": [2, NAN]}, "bars", "items"),
    html.bar_chart(["a", "b"], {"x": [-1, 2]}, "negative"),
    html.bar_chart(["a"], {"x": [0]}, "zero"),
    html.bar_chart([str(i) for i in range(100)], {"x": list(range(100))}, "many"),
    html.histogram_pair([1, 2], [2, 1], ("l", "r"), [0, 1, 2], "even"),
    html.histogram_pair([1, 2], [2, 1], ("l", "r"), [0, 1, 100], "uneven"),
    html.histogram_pair([1, NAN], [0, 0], ("l", "r"), [0, 1, 1], "no width"),
    html.histogram_pair(np.ones(3), np.ones(3), ("l", "r"), np.arange(4), "arrays"),
    html.reliability_diagram([0.5, 0.9], [0.4, 0.9], [10, 0], "calibration"),
    html.reliability_diagram([1.0], [NAN], [3], "not a number"),
]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_valid_xml_that_says_what_it_shows(chart: Markup) -> None:
    for svg in svgs(chart):
        assert svg.get("role") == "img"
        assert svg.findtext("title")
        assert svg.findtext("desc")
        numbers = re.findall(r'="([^"]*)"', ElementTree.tostring(svg, "unicode"))
        assert not {"nan", "inf", "-inf"} & set(" ".join(numbers).split())
    ElementTree.fromstring(chart)


@pytest.mark.parametrize(
    "chart",
    [
        html.line_chart({}, "Loss"),
        html.line_chart({"a": []}, "Loss"),
        html.line_chart({"a": [NAN, None]}, "Loss"),
        html.line_chart({"a": [0, -1]}, "Loss", log_y=True),
        html.bar_chart([], {"a": []}, "Loss"),
        html.histogram_pair([], [], ("l", "r"), [], "Loss"),
        html.histogram_pair([0], [0], ("l", "r"), [0, 1], "Loss"),
        html.reliability_diagram([], [], [], "Loss"),
    ],
)
def test_a_chart_without_values_says_so(chart: Markup) -> None:
    assert "Loss" in chart
    assert "Nothing to draw" in chart
    assert not svgs(chart)


def test_counts_that_do_not_fit_the_edges_are_refused() -> None:
    with pytest.raises(ValueError, match="Received 2 and 2 counts with 2 edges"):
        html.histogram_pair([1, 2], [1, 2], ("l", "r"), [0, 1], "Mean")


def test_long_series_stay_small_and_keep_their_extremes() -> None:
    values = [math.sin(step / 900) for step in range(100_000)]
    values[77_777] = 9.0
    chart = html.line_chart({"loss": values}, "Loss", "step")
    assert len(chart) < 20_000
    (svg,) = svgs(chart)
    line = svg.find("path[@stroke-width='2']")
    assert line is not None
    heights = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", line.get("d", ""))]
    # The spike rises far above all that the sine reaches.
    assert sorted(heights)[1] - min(heights) > 100


def test_numbers_stand_below_the_chart_as_text() -> None:
    chart = html.line_chart({"train": [0.5, 0.125]}, "Loss", "epoch")
    assert "<summary>Numbers</summary>" in chart
    assert '<td class="n">0.1250</td>' in chart


def test_histograms_are_compared_by_shares_not_by_counts() -> None:
    (svg,) = svgs(
        html.histogram_pair([10, 30], [1, 3], ("train", "test"), [0, 1, 2], "Mean")
    )
    outlines = [path.get("d", "") for path in svg.iter("path")]
    assert outlines[-2] == outlines[-1]


def test_ticks_are_round_and_epochs_are_whole() -> None:
    assert linear([0, 1], 0, 100, pad=0).ticks() == pytest.approx(
        [0, 0.2, 0.4, 0.6, 0.8, 1]
    )
    assert tick_labels([0.9, 0.925, 0.95]) == ["0.900", "0.925", "0.950"]
    assert tick_labels(logarithmic([0.01, 1], 0, 9).ticks(), True) == [
        "0.01",
        "0.1",
        "1",
    ]
    (svg,) = svgs(html.line_chart({"a": [1, 2, 3]}, "Loss", "epoch"))
    texts = [text.text or "" for text in svg.iter("text")]
    assert {"1", "2", "3"} <= set(texts)
