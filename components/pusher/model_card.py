# SPDX-License-Identifier: Apache-2.0
"""The model card: what a published model is, in Markdown, from the records alone.

Nothing in it is written by hand for one model, so it cannot disagree with the records:
provenance.json, metrics.json, the checks of the gate, and the source list.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

CARD_FILE = "MODEL_CARD.md"
NOT_RECORDED = "not recorded"

_SYNTHETIC = "synthetic"
_LOADING = """\
```python
import tensorflow as tf

model = tf.saved_model.load("<this folder>")
answer = model.signatures["predict_images"](images=pixels)  # uint8 [n, {shape}]
answer["probabilities"]  # float32 [n, {num_classes}]
```"""

Record = Mapping[str, Any]


def write_model_card(
    provenance: Record,
    metrics: Record,
    checks: Sequence[Record],
    path: str | Path,
    source: Record | None = None,
) -> None:
    """Write the card of a model.

    Args:
        provenance: What provenance.json holds.
        metrics: What metrics.json holds: `values`, `protocol`, `baseline`.
        checks: What the evaluation's section lists under `checks`.
        path: The Markdown file.
        source: `title`, `licence`, `citation`, `homepage` of the data set, from its
            source list. Defaults to None: the card says that they are not recorded.
    """
    parts = [
        *_heading(provenance),
        *_data(provenance.get("dataset", {}), source or {}),
        *_use(provenance.get("dataset", {}), metrics),
        *_figures(metrics, checks),
        *_gate(checks),
        *_making(provenance),
        *_loading(provenance.get("dataset", {})),
    ]
    text = "\n\n".join(part for part in parts if part)
    Path(path).write_text(text + "\n", encoding="utf-8")


def is_synthetic(dataset: Record) -> bool:
    """Whether a data set was made up, by the name of its variant."""
    return _SYNTHETIC in str(dataset.get("variant", ""))


def _heading(provenance: Record) -> Iterable[str]:
    dataset = provenance.get("dataset", {})
    yield f"# {_text(provenance.get('recipe'))}"
    if is_synthetic(dataset):
        yield (
            "> **Synthetic data.** This model was trained and measured on made-up "
            "data. Its figures say nothing about real data."
        )
    classes = dataset.get("classes", [])
    name, variant = _text(dataset.get("name")), _text(dataset.get("variant"))
    yield f"A classifier of {len(classes)} classes, trained on `{name}` ({variant})."


def _data(dataset: Record, source: Record) -> Iterable[str]:
    yield "## Data"
    yield _table(
        ["fact", "value"],
        [
            ["data set", source.get("title") or dataset.get("name")],
            ["variant", dataset.get("variant")],
            ["licence", source.get("licence")],
            ["citation", source.get("citation")],
            ["homepage", source.get("homepage")],
            ["SHA-256 of the raw files", _code(dataset.get("content_sha256"))],
            ["MD5 in DVC", _code(dataset.get("dvc_md5"))],
            ["classes", ", ".join(dataset.get("classes", []))],
            ["image (height x width x channels)", _shape(dataset)],
        ],
    )


def _use(dataset: Record, metrics: Record) -> Iterable[str]:
    protocol = metrics.get("protocol", {})
    split, count = _text(protocol.get("split")), _text(protocol.get("examples"))
    yield "## Intended use and limits"
    yield (
        "It tells the classes above apart, in pictures made like those of "
        f"{_text(dataset.get('name'))}. It gives every picture to "
        "one of these classes, also one that shows none of them. The figures hold for "
        f"the {split} split ({count} examples) and data like it; for other pictures "
        "nothing was measured. It was not examined for use where a mistake can harm "
        "someone."
    )


def _figures(metrics: Record, checks: Sequence[Record]) -> Iterable[str]:
    values, protocol = metrics.get("values", {}), metrics.get("protocol", {})
    baseline = metrics.get("baseline") or {}
    # A metric that the gate asks for has its row even if it was not measured.
    names = dict.fromkeys([*(check["metric"] for check in checks), *values])
    published = ["published before"] if baseline else []
    rows = [
        [
            _code(name),
            values.get(name, "not measured"),
            *([baseline.get(name, "not measured")] if baseline else []),
            protocol.get(f"unit.{name}"),
        ]
        for name in names
    ]
    yield "## Figures"
    yield _table(["metric", "value", *published, "unit"], rows)
    yield "How they were measured:"
    yield _table(
        ["fact", "value"],
        [[k, v] for k, v in protocol.items() if not k.startswith("unit.")],
    )


def _gate(checks: Sequence[Record]) -> Iterable[str]:
    yield "## Gate"
    yield _table(
        ["check", "wanted", "received", "verdict", "note"],
        [
            [
                _code(check["name"]),
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
    yield _table(
        ["fact", "value"],
        [
            ["commit", f"{_code(git.get('commit'))}{changes}"],
            ["seed", provenance.get("seed")],
            ["weights", provenance.get("num_parameters")],
            ["epochs", provenance.get("epochs")],
            ["training, seconds", provenance.get("train_seconds")],
            ["trained on", provenance.get("devices")],
            ["number format of training", provenance.get("precision")],
            ["model key", _code(provenance.get("model_key"))],
            *([name, text] for name, text in provenance.get("libraries", {}).items()),
        ],
    )
    parameters = json.dumps(provenance.get("params", {}), indent=1, sort_keys=True)
    yield f"Parameters:\n\n```json\n{parameters}\n```"


def _loading(dataset: Record) -> Iterable[str]:
    yield "## How to load it"
    shape = ", ".join(map(str, dataset.get("image_shape", [])))
    yield _LOADING.format(shape=shape, num_classes=len(dataset.get("classes", [])))
    yield (
        "The columns are the classes in the order above. Scaling is inside the model. "
        "`serving_default` takes serialized tf.Examples as the pipeline writes them."
    )


def _table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(_text, line))} |" for line in lines)


def _text(value: Any) -> str:
    if value is None or value == "":
        return NOT_RECORDED
    if isinstance(value, float):
        value = f"{value:.6g}"
    # One line per row, and no cell that ends early.
    return " ".join(str(value).split()).replace("|", "\\|")


def _code(value: Any) -> str:
    return f"`{value}`" if value else NOT_RECORDED


def _shape(dataset: Record) -> str:
    return " x ".join(map(str, dataset.get("image_shape", []))) or NOT_RECORDED
