# SPDX-License-Identifier: Apache-2.0
"""Search for resources that a page loads from outside of its own bytes.

A report must open from disk on a machine without a network. Hyperlinks are allowed:
they load nothing until someone follows them.
"""

import re
from html.parser import HTMLParser
from typing import Final

_LOADING: Final = {"src", "srcset", "poster", "background", "data", "imagesrcset"}
_LINKING_TAGS: Final = {"a", "area"}
_LOADING_TAGS: Final = {"script", "iframe", "frame", "object", "embed", "base"}
_CSS: Final = re.compile(
    r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", re.IGNORECASE
)


def find_external_loads(html: str) -> list[str]:
    """List each load as `tag attribute=address`; empty for a self-contained page.

    Args:
        html: The page; `data:` addresses and `#anchors` in it are no loads.

    Example:
        >>> find_external_loads('<img src="https://example.org/a.png">')
        ['img src=https://example.org/a.png']
    """
    finder = _Finder()
    finder.feed(html)
    finder.close()
    return finder.found


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        has_address = any(_is_address(name) for name, _ in attrs)
        if tag in _LOADING_TAGS and tag != "script" and not has_address:
            self.found.append(tag)
        for name, value in attrs:
            self._read_attribute(tag, name, value or "")
        if tag == "meta" and ("http-equiv", "refresh") in attrs:
            self.found.append("meta http-equiv=refresh")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._read_css("style", data)

    def _read_attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style" or "url(" in value.lower():
            self._read_css(f"{tag} {name}", value)
        elif _is_address(name) and not (tag in _LINKING_TAGS and name == "href"):
            for address in _addresses(name, value):
                self._report(f"{tag} {name}", address)

    def _read_css(self, where: str, css: str) -> None:
        for match in _CSS.finditer(css):
            self._report(where, match.group(1) or match.group(2))

    def _report(self, where: str, address: str) -> None:
        if not address.strip().lower().startswith(("data:", "#")):
            self.found.append(f"{where}={address.strip()}")


def _is_address(attribute: str) -> bool:
    return attribute in _LOADING or attribute in ("href", "xlink:href")


def _addresses(attribute: str, value: str) -> list[str]:
    if not attribute.endswith("srcset") or value.lstrip().startswith("data:"):
        return [value]
    return [part.split()[0] for part in value.split(",") if part.strip()]
