# SPDX-License-Identifier: Apache-2.0
"""What a published model of a table knows: categories of its training, usual numbers.

A network answers any row; the answer to a category that it never saw, or to a number
far from those of its training, is worth little, and the user should know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.contracts.table_layout import TableLayout
from components.core.json_files import read_json
from components.core.shortening import quote

# Files of the evidence of a published version, pipelines/publishing/evidence.py.
_SCHEMA: Final = Path("evidence", "schema.pbtxt")
_EXPECTATIONS: Final = Path("evidence", "expectations.json")
# Of a SavedModel: the vocabularies of its transform graph.
_VOCABULARIES: Final = "assets"
_REMEDY: Final = "Get it back with `dvc checkout`, or publish again."


@dataclass(frozen=True)
class KnownValues:
    """What the columns of a table may hold without a remark."""

    categories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Feature -> its known texts; without those of which none are recorded."""

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Feature -> lowest and highest number by the checks of the training data."""

    def remarks(self, row: Mapping[str, float | str]) -> tuple[str, ...]:
        """Say which values of a row the model does not know; missing ones it does.

        Args:
            row: Feature -> number, or text; NaN and "" where it is missing.

        Example:
            >>> known.remarks({"island": "Dreem", "bill": 39.1})
            ("island 'Dreem' is unknown to the model",)
        """
        found = []
        for name, value in row.items():
            if isinstance(value, str):
                known = self.categories.get(name)
                if value and known is not None and value not in known:
                    found.append(f"{name} {quote(value)} is unknown to the model")
            elif name in self.ranges:
                low, high = self.ranges[name]
                # False for NaN as well.
                if value < low or value > high:
                    usual = f"{low:.6g} to {high:.6g}"
                    found.append(f"{name} {value:.6g} is outside of {usual}")
        return tuple(found)


def read_known_values(model: Path, layout: TableLayout) -> KnownValues:
    """Read what a model knows from its vocabularies and its evidence.

    Args:
        model: Folder of the model. One without evidence has no ranges.
        layout: Columns of the table.
    """
    domains = _read_domains(model / _SCHEMA)
    categories = {}
    for name in layout.categories:
        vocabulary = _read_vocabulary(model / _VOCABULARIES / name)
        domain = domains.get(name)
        # Preprocessing of the user's may change texts before it numbers them: such a
        # vocabulary says nothing about the texts of a row, but the schema does.
        is_raw = vocabulary is not None and (domain is None or vocabulary <= domain)
        known = vocabulary if is_raw else domain
        if known is not None:
            categories[name] = known
    return KnownValues(categories, _read_ranges(model / _EXPECTATIONS, layout))


def _read_vocabulary(path: Path) -> frozenset[str] | None:
    if not path.is_file():
        return None
    return frozenset(path.read_text(encoding="utf-8").split("\n")) - {""}


def _read_domains(path: Path) -> dict[str, frozenset[str]]:
    """Feature -> texts that the schema allows it."""
    if not path.is_file():
        return {}
    schema = text_format.Parse(path.read_text(encoding="utf-8"), schema_pb2.Schema())
    shared = {domain.name: domain for domain in schema.string_domain}
    domains = {}
    for feature in schema.feature:
        domain = shared.get(feature.domain)
        if feature.HasField("string_domain"):
            domain = feature.string_domain
        if domain is not None:
            domains[feature.name] = frozenset(domain.value)
    return domains


def _read_ranges(path: Path, layout: TableLayout) -> dict[str, tuple[float, float]]:
    """Feature -> range of the check of numbers; dates have none there."""
    if not path.is_file():
        return {}
    content: Any = read_json(path, _REMEDY)
    check = content.get("items", {}).get("expectations", {}).get("numbers_in_range", {})
    return {
        name: (float(low), float(high))
        for name, (low, high) in (check.get("ranges") or {}).items()
        if name in layout.columns and layout.columns[name].kind == "number"
    }
