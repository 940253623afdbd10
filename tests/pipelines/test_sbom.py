# SPDX-License-Identifier: Apache-2.0
"""The bill of materials: all that the lock pins, in CycloneDX's form."""

import hashlib
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource

from components.core.errors import UsageError
from components.core.project import project_root
from infra import audit
from infra.environment.index import NoIndex
from pipelines.sbom import main, write_sbom
from tests.support.heavy_libraries import HEAVY

LOCK = project_root() / "requirements.lock"
# What the specification demands of a bill and of a component.
OF_A_BILL = {"bomFormat", "specVersion"}
OF_A_COMPONENT = {"type", "name"}


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The bill of the project's own lock."""
    target = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    write_sbom(LOCK, target)
    content: dict[str, Any] = json.loads(target.read_text())
    return content


def test_every_pin_of_the_lock_is_listed_with_its_hashes(bill: dict[str, Any]) -> None:
    text = LOCK.read_text()
    listed = {f"{c['name']}=={c['version']}": c for c in bill["components"]}
    pins = re.findall(r"^(\S+==\S+)", text, re.MULTILINE)
    assert listed.keys() == set(pins)
    hashes = re.findall(r"--hash=sha256:(\w+)", text)
    assert [h["content"] for c in bill["components"] for h in c["hashes"]] == hashes
    assert {h["alg"] for c in bill["components"] for h in c["hashes"]} == {"SHA-256"}


def test_required_fields_are_there(bill: dict[str, Any]) -> None:
    assert bill.keys() >= OF_A_BILL
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert uuid.UUID(bill["serialNumber"].removeprefix("urn:uuid:"))
    references = [component["bom-ref"] for component in bill["components"]]
    assert len(set(references)) == len(references)
    for component in bill["components"]:
        assert component.keys() >= OF_A_COMPONENT
        name, version = component["name"], component["version"]
        assert component["purl"] == f"pkg:pypi/{name}@{version.replace('+', '%2B')}"


def test_bill_is_valid_by_the_schema_of_cyclonedx(bill: dict[str, Any]) -> None:
    try:
        program = audit.install()
    except NoIndex as error:
        pytest.skip(f"the schema comes with pip-audit: {error}")
    (folder,) = program.parents[1].glob("lib/*/site-packages/cyclonedx/schema/_res")
    schemas = [json.loads(path.read_text()) for path in folder.glob("*.schema.json")]
    registry: Registry = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    (schema,) = [s for s in schemas if s["$id"].endswith("/bom-1.6.schema.json")]
    validator = Draft7Validator(
        schema, registry=registry, format_checker=FormatChecker()
    )
    assert list(validator.iter_errors(bill)) == []
    # The validator sees what it should: a bill with a planted fault.
    assert list(validator.iter_errors({**bill, "specVersion": 1.6}))
    wrong = {**bill["components"][0], "hashes": [{"alg": "SHA-256", "content": "x"}]}
    assert list(validator.iter_errors({**bill, "components": [wrong]}))


def test_condition_of_a_package_is_kept(tmp_path: Path) -> None:
    lock, target = tmp_path / "requirements.lock", tmp_path / "out" / "sbom.cdx.json"
    digest = "ab" * 32
    lock.write_text(
        f"Some_Name==1.0+cpu ; python_full_version < '3.13' \\\n"
        f"    --hash=sha256:{digest}\n    # via prodl\n"
    )
    write_sbom(lock, target)
    (component,) = json.loads(target.read_text())["components"]
    assert component["purl"] == "pkg:pypi/some-name@1.0%2Bcpu"
    (condition,) = component["properties"]
    assert condition["value"] == "python_full_version < '3.13'"
    assert component["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_equal_locks_give_equal_bytes_and_name_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_ROOT", str(project_root()))
    monkeypatch.chdir(tmp_path)
    main([])
    main(["again.json"])
    first = (tmp_path / "sbom.cdx.json").read_bytes()
    assert first == (tmp_path / "again.json").read_bytes()
    assert hashlib.sha256(LOCK.read_bytes()).hexdigest().encode() in first


def test_missing_lock_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no .*requirements.lock: expected the lock"):
        write_sbom(tmp_path / "requirements.lock", tmp_path / "sbom.cdx.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "rich==14.0\n", "# nothing\n"])
def test_lock_without_hashes_is_refused(tmp_path: Path, text: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(text)
    with pytest.raises(UsageError, match="Received none"):
        write_sbom(lock, tmp_path / "sbom.cdx.json")


def test_module_imports_nothing_heavy() -> None:
    code = "import sys, pipelines.sbom; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {*HEAVY, "click", "yaml", "pydantic"} & set(loaded)
