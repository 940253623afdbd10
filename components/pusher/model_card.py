# SPDX-License-Identifier: Apache-2.0
"""Model card of a published model, in Markdown, generated from its records.

The records are provenance.json, metrics.json, the checks of the gate and the source
list; no text in the card is written for a single model.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from components.contracts.purpose import Purpose
from components.core.files import write_text
from components.pusher.card_loading import loading_parts
from components.pusher.markdown import cell, code, table
from components.pusher.rating_card import describe_ratings
from components.pusher.table_card import describe_rows

CARD_FILE = "MODEL_CARD.md"

_SYNTHETIC = "synthetic"
_PROVISIONAL = "Provisional"
Record = Mapping[str, Any]


def write_model_card(
    provenance: Record,
    metrics: Record,
    checks: Sequence[Record],
    path: str | Path,
    purpose: Purpose,
    source: Record | None = None,
    signature_examples: Sequence[Record] = (),
    limits: Sequence[str] = (),
    keras_modules: Sequence[str] | None = None,
) -> None:
    """Write the card of a model.

    Args:
        provenance: Content of provenance.json.
        metrics: Content of metrics.json: `values`, `protocol`, `baseline`.
        checks: Checks of the gate, from the model's verdict.
        path: The Markdown file.
        purpose: Intended use of models of its family.
        source: `title`, `licence`, `citation`, `homepage` of the data set, from its
            source list. Defaults to None: then the card has `not recorded` there.
        signature_examples: Recorded calls of the model's signatures, which the card
            shows as examples of use. Defaults to none.
        limits: Who approved the limits of the data, where they were learned from data;
            a first line that begins with `Provisional` says that nobody has. Defaults
            to none, for curated ones.
        keras_modules: Modules that the file for Keras needs. Defaults to None: there is
            no such file.
    """
    parts = [
        *_heading(provenance, purpose),
        *_provisional(limits),
        *_data(provenance.get("dataset", {}), source or {}),
        *_limits(limits),
        *_use(provenance.get("dataset", {}), metrics, purpose),
        *_figures(metrics, checks),
        *_gate(checks),
        *_making(provenance),
        *describe_rows(
            cell(provenance.get("recipe")),
            provenance.get("dataset", {}),
            signature_examples,
        ),
        *describe_ratings(
            cell(provenance.get("recipe")),
            provenance.get("dataset", {}),
            signature_examples,
        ),
        *_evidence(),
        "## How to load it",
        *loading_parts(provenance, signature_examples, keras_modules),
    ]
    text = "\n\n".join(part for part in parts if part)
    write_text(Path(path), text + "\n")


def is_synthetic(dataset: Record) -> bool:
    """Return whether a data set is synthetic, by the name of its variant."""
    return _SYNTHETIC in str(dataset.get("variant", ""))


def _heading(provenance: Record, purpose: Purpose) -> Iterable[str]:
    dataset = provenance.get("dataset", {})
    yield f"# {cell(provenance.get('recipe'))}"
    if is_synthetic(dataset):
        yield (
            "> **Synthetic data.** This model was trained and measured on made-up "
            "data. Its figures say nothing about real data."
        )
    name, variant = cell(dataset.get("name")), cell(dataset.get("variant"))
    yield f"{purpose.kind}, trained on `{name}` ({variant})."


def _provisional(limits: Sequence[str]) -> Iterable[str]:
    if limits and limits[0].startswith(_PROVISIONAL):
        yield f"> **Provisional limits.** {cell(limits[0])}"


def _limits(limits: Sequence[str]) -> Iterable[str]:
    """Yield who stands for the limits that the data had to keep."""
    if limits:
        yield "The limits that the data had to keep:"
        yield "\n".join(f"- {cell(line)}" for line in limits)


def _data(dataset: Record, source: Record) -> Iterable[str]:
    yield "## Data"
    yield table(
        ["fact", "value"],
        [
            ["data set", source.get("title") or dataset.get("name")],
            ["variant", dataset.get("variant")],
            ["licence", source.get("licence")],
            ["citation", source.get("citation")],
            ["homepage", source.get("homepage")],
            ["SHA-256 of the raw files", code(dataset.get("content_sha256"))],
            ["MD5 in DVC", code(dataset.get("dvc_md5"))],
            *_shape_of_items(dataset),
        ],
    )


def _shape_of_items(dataset: Record) -> Iterable[list[str]]:
    """Yield rows that only some data sets have."""
    if classes := dataset.get("classes"):
        yield ["classes", ", ".join(classes)]
    if shape := dataset.get("image_shape"):
        yield ["image (height x width x channels)", " x ".join(map(str, shape))]


def _use(dataset: Record, metrics: Record, purpose: Purpose) -> Iterable[str]:
    protocol = metrics.get("protocol", {})
    split, count = cell(protocol.get("split")), cell(protocol.get("examples"))
    yield "## Intended use and limits"
    yield (
        f"{purpose.use} {purpose.limits} The figures hold for the {split} split of "
        f"{cell(dataset.get('name'))} ({count} examples) and data like it; for "
        "anything else nothing was measured. It was not examined for use where a "
        "mistake can harm someone."
    )


def _figures(metrics: Record, checks: Sequence[Record]) -> Iterable[str]:
    values, protocol = metrics.get("values", {}), metrics.get("protocol", {})
    baseline = metrics.get("baseline") or {}
    # A metric that the gate names has its row even if it was not measured.
    gated = [check["metric"] for check in checks if check["metric"]]
    names = dict.fromkeys([*gated, *values])
    published = ["published before"] if baseline else []
    rows = [
        [
            code(name),
            values.get(name, "not measured"),
            *([baseline.get(name, "not measured")] if baseline else []),
            protocol.get(f"unit.{name}"),
        ]
        for name in names
    ]
    yield "## Figures"
    yield table(["metric", "value", *published, "unit"], rows)
    yield "How they were measured:"
    yield table(
        ["fact", "value"],
        [[k, v] for k, v in protocol.items() if not k.startswith("unit.")],
    )


def _gate(checks: Sequence[Record]) -> Iterable[str]:
    yield "## Gate"
    yield table(
        ["check", "wanted", "received", "verdict", "note"],
        [
            [
                code(check["name"]),
                check["wanted"],
                check["received"],
                "passed" if check["passed"] else "**failed**",
                check.get("note") or " ",
            ]
            for check in checks
        ],
    )


def _making(provenance: Record) -> Iterable[str]:
    git = provenance.get("git", {})
    changes = " with changes" if git.get("dirty") else ""
    yield "## How it was made"
    yield table(
        ["fact", "value"],
        [
            ["commit", f"{code(git.get('commit'))}{changes}"],
            ["seed", provenance.get("seed")],
            ["weights", provenance.get("num_parameters")],
            ["epochs", provenance.get("epochs")],
            ["training, seconds", provenance.get("train_seconds")],
            ["trained on", provenance.get("devices")],
            ["number format of training", provenance.get("precision")],
            ["model key", code(provenance.get("model_key"))],
            *(["remark", remark] for remark in provenance.get("remarks", ())),
            *_needs(provenance.get("needs") or {}),
            *([name, text] for name, text in provenance.get("libraries", {}).items()),
        ],
    )
    parameters = json.dumps(provenance.get("params", {}), indent=1, sort_keys=True)
    yield f"Parameters:\n\n```json\n{parameters}\n```"


def _needs(needs: Record) -> Iterable[list[str]]:
    """Yield rows on the published model that the training was monitored with."""
    if needs:
        yield ["watched with", code(needs["uri"])]
        yield ["SHA-256 of that model", code(needs["sha256"])]


def _evidence() -> Iterable[str]:
    yield "## Evidence"
    yield (
        "The checks of the [data](evidence/data.html) and of the "
        "[model](evidence/model.html) that stood behind it, with the run's "
        "[hashes](evidence/evidence.json), are in the folder `evidence`."
    )
