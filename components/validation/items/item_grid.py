# SPDX-License-Identifier: Apache-2.0
"""Items on a page: as a grid of pictures with captions, or as a table without any."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from markupsafe import Markup

from components.contracts.modality import MODALITIES
from components.contracts.step_data import StepData
from components.report import html
from components.validation.items.column_charts import show_value, shown_kind

_FAILING: Final = 72  # smallest size of a failing item in CSS pixels


class ItemGrid:
    """Items of a data set with their pictures."""

    def __init__(self, data: StepData) -> None:
        """Read the pictures.

        Args:
            data: Facts `items` (item -> columns), `pictures` (item -> file name, ""
                for one that cannot be decoded) and `modality`, and the files.
        """
        self.items: Mapping[str, Mapping[str, Any]] = data.facts["items"]
        columns: Mapping[str, Any] = data.facts.get("columns", {})
        self._kinds = {name: shown_kind(column) for name, column in columns.items()}
        # Readers know a number that is to be predicted by its header.
        self._target = data.facts.get("target", {}).get("header", "target")
        modality = MODALITIES[data.facts["modality"]]
        self._text = modality.text
        self._size = modality.picture.page_size if modality.picture else 0
        self._pictures = {
            item: (data.folder / name).read_bytes() if name else b""
            for item, name in data.facts["pictures"].items()
        }

    @property
    def has_values(self) -> bool:
        """Whether an item is a row of a table."""
        return bool(self._kinds)

    def values_of(self, ids: Iterable[str]) -> Markup:
        """Show rows of a table with their values.

        Args:
            ids: The items.
        """
        shown = list(ids)
        answer = ("split", "label", "target", "fault")
        found = [self.items.get(item, {}) for item in shown]
        # A table has a label or a target, and most rows no fault.
        has = {
            n for row in found for n, value in row.items() if value not in (None, "")
        }
        names = [name for name in (*answer, *self._kinds) if name in has]
        rows = [
            [item, *(self._show(row.get(name), name) for name in names)]
            for item, row in zip(shown, found, strict=True)
        ]
        numeric = [n for n, name in enumerate(names, 1) if self._is_number(name)]
        headers = [self._target if name == "target" else name for name in names]
        return html.table(["Row", *headers], rows, numeric)

    def _is_number(self, name: str) -> bool:
        return name == "target" or self._kinds.get(name) in ("number", "year", "date")

    def _show(self, value: Any, name: str) -> Any:
        kind = self._kinds.get(name, "")
        return show_value(value, kind) if kind in ("date", "year") else value

    def plain(self, ids: Iterable[str], alt: str) -> Markup:
        """Show pictures with their identifiers; items without one are left out."""
        shown = [(self._pictures[item], item) for item in ids if item in self._pictures]
        return html.image_grid(shown, size=self._size, alt=alt)

    def annotated(self, notes: Mapping[str, str]) -> Markup:
        """Show items with a note each.

        Args:
            notes: Item -> note.
        """
        captions = {item: f"{item}: {note}" for item, note in notes.items()}
        if self._is_visible(captions):
            return self._grid(captions, self._size, "")
        if self.has_values and not any(self.items[i].get("fault") for i in notes):
            return self.values_of(notes)
        return html.table(["Item", "Note"], [[*pair] for pair in notes.items()])

    def failing(self, ids: Iterable[str], check: str) -> Markup:
        """Show items that fail a check, with split, label and fault.

        Args:
            ids: The items.
            check: Name of the check.
        """
        captions = {item: self._caption(item) for item in ids}
        if self._is_visible(captions):
            return self._grid(captions, max(_FAILING, self._size), f"fails {check}")
        if self.has_values:
            return self.values_of(captions)
        if not self._text:
            return html.table(["Item"], [[caption] for caption in captions.values()])
        rows = [
            [c, self.items.get(i, {}).get(self._text, "")] for i, c in captions.items()
        ]
        return html.table(["Item", "Text"], rows)

    def _is_visible(self, ids: Iterable[str]) -> bool:
        return any(self._pictures.get(item) for item in ids)

    def _grid(self, captions: Mapping[str, str], size: int, alt: str) -> Markup:
        shown = [(self._pictures.get(i, b""), text) for i, text in captions.items()]
        return html.image_grid(shown, size=size, alt=alt)

    def _caption(self, item: str) -> str:
        facts = self.items.get(item, {})
        named = [f"{n} {facts[n]}" for n in ("split", "label") if facts.get(n)]
        return ", ".join((item, *named, *filter(None, [facts.get("fault")])))
