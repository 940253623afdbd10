# SPDX-License-Identifier: Apache-2.0
"""Time a small network called eagerly and as a graph (the book's 2-10).

    python benchmarks/eager_graph.py

Protocol: the book's network, 784-256-128-256-10, on 1,000 random images. Both take
turns in rounds of the same number of calls, so that other load slows both; the median
of the rounds counts. The graph is traced once, before and apart: the book's 2-9 times
the trace with the calls, and finds the graph slower.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from tables import markdown

IMAGES = 1000


def main() -> None:
    """Time both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100, help="Calls per round.")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    network = build_network()
    images = tf.random.stateless_uniform((IMAGES, 28, 28), seed=(1, 2))
    graph = tf.function(network)
    trace = seconds(lambda: graph(images), 1)
    candidates: dict[str, Callable[[], Any]] = {
        "eager": lambda: network(images),
        "graph": lambda: graph(images),
    }
    rounds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(arguments.rounds):
        for name, call in candidates.items():
            rounds[name].append(seconds(call, arguments.calls))
    print(f"one trace with its first call: {trace:.3f} s")
    rows = [
        [name, f"{1000 * statistics.median(found) / arguments.calls:.3f}"]
        for name, found in rounds.items()
    ]
    print(markdown(["", "ms per call"], rows))


def build_network() -> keras.Model:
    """The book's network, untrained."""
    units = [keras.layers.Dense(size, activation="relu") for size in (256, 128, 256)]
    return keras.Sequential([keras.layers.Flatten(), *units, keras.layers.Dense(10)])


def seconds(call: Callable[[], Any], times: int) -> float:
    """Wall time of a number of calls."""
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
