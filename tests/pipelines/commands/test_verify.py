# SPDX-License-Identifier: Apache-2.0
"""`prodl verify` recomputes what is recorded of a published model."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from components.core.errors import ProdlError
from components.core.hashing import hash_directory
from components.core.json_files import read_json, write_json
from components.model_store.registry import (
    RegisteredVersion,
    find_registered,
    register,
)
from pipelines.commands import publish
from pipelines.config import Config, load_config
from pipelines.context import RunContext, recipe_context
from pipelines.publishing import verification
from pipelines.publishing.verification import Finding, verify_version
from pipelines.verdicts import write_verdict
from tests.support.passed_run import make_passed_state
from tests.support.project import RECIPE, make_project


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A project with a published version whose data are those on this machine."""
    monkeypatch.setattr(publish, "check_serving", lambda *_: None)
    monkeypatch.delenv("PRODL_HOME", raising=False)
    root = make_project(tmp_path / "project").root
    monkeypatch.setenv("PRODL_ROOT", str(root))
    config = load_config(root)
    data = recipe_context(config, RECIPE).data
    passed = make_passed_state(root / ".prodl", RECIPE, data=data)
    verdict = passed.verdict()
    write_verdict(verdict, root / "reports" / RECIPE)
    publish.publish_recipe(RECIPE)
    return config


def _version(config: Config) -> Path:
    (version,) = (config.root / "models" / RECIPE).glob("[0-9]*")
    return version


def _same(context: RunContext, model: Path) -> Mapping[str, float]:
    del context, model
    return {"test_accuracy": 0.9}


def _verify(
    config: Config, measure: verification.Measure = _same
) -> dict[str, Finding]:
    findings = verify_version(config, RECIPE, _version(config), measure)
    return {finding.what: finding for finding in findings}


def _differing(findings: dict[str, Finding]) -> set[str]:
    return {what for what, finding in findings.items() if finding.agrees is False}


def test_untouched_version_agrees_in_everything(config: Config) -> None:
    findings = _verify(config)
    assert _differing(findings) == set()
    assert {"sha256 of all files", "sha256 of the raw data", "test_accuracy"} <= (
        findings.keys()
    )


@pytest.mark.parametrize("measured", [0.8, 0.9001, 0.8999, None])
def test_metric_that_is_not_measured_again_differs(
    config: Config, measured: float | None
) -> None:
    values = {} if measured is None else {"test_accuracy": measured}
    findings = _verify(config, lambda *_: values)
    assert _differing(findings) == {"test_accuracy"}


def test_rounding_of_another_processor_agrees(config: Config) -> None:
    findings = _verify(config, lambda *_: {"test_accuracy": 0.90001})
    assert _differing(findings) == set()


def test_changed_data_are_not_measured_on(config: Config) -> None:
    images = next(
        (config.root / "data" / "raw" / "mnist" / "official").glob("t10k-images*")
    )
    content = bytearray(images.read_bytes())
    content[-1] ^= 1
    images.write_bytes(content)
    assert _differing(_verify(config)) == {"sha256 of the raw data", "1 metrics"}


def test_missing_data_are_said(config: Config) -> None:
    for path in (config.root / "data" / "raw" / "mnist" / "official").iterdir():
        path.unlink()
    finding = _verify(config)["sha256 of the raw data"]
    assert not finding.agrees
    assert "prodl fetch mnist" in finding.received


def _flip_model(version: Path) -> None:
    (version / "saved_model.pb").write_bytes(b"other")


def _edit_metrics(version: Path) -> None:
    path = version / "metrics.json"
    content = read_json(path, "")
    content["values"]["test_accuracy"] = 0.99
    write_json(path, content)


@pytest.mark.parametrize("change", [_flip_model, _edit_metrics])
def test_changed_folder_is_not_loaded(
    config: Config, change: Callable[[Path], None]
) -> None:
    change(_version(config))

    def measure(context: RunContext, model: Path) -> Mapping[str, float]:
        raise AssertionError("a changed model was loaded")

    assert "sha256 of all files" in _differing(_verify(config, measure))


def _reregister(config: Config, **values: str) -> None:
    """Forge the registry's entry so that the folder agrees with it."""
    version = _version(config)
    entry = find_registered(version.parent, int(version.name))
    assert entry
    forged = {**vars(entry), "sha256": hash_directory(version), **values}
    register(version.parent, RegisteredVersion(**forged))


def test_forged_metrics_are_found_by_measuring(config: Config) -> None:
    _edit_metrics(_version(config))
    _reregister(config)
    assert _differing(_verify(config)) == {"test_accuracy"}


def test_forged_model_key_is_found_in_provenance(config: Config) -> None:
    _reregister(config, model_key="another")
    assert _differing(_verify(config)) == {"model key in provenance.json"}


def test_forged_run_is_found_in_the_evidence(config: Config) -> None:
    _reregister(config, run="mnist-cnn.0")
    assert _differing(_verify(config)) == {"run in the evidence"}


def test_edited_evidence_is_found(config: Config) -> None:
    (_version(config) / "evidence" / "data_verdict.json").write_text("{}")
    _reregister(config)
    assert _differing(_verify(config)) == {"evidence"}


def test_measuring_that_fails_is_a_difference(config: Config) -> None:
    def measure(context: RunContext, model: Path) -> Mapping[str, float]:
        raise ProdlError("the model that it was measured with was removed since")

    finding = _verify(config, measure)["1 metrics"]
    assert not finding.agrees
    assert "was removed since" in finding.received


def test_version_without_an_entry_is_not_looked_at(config: Config) -> None:
    (config.root / "models" / RECIPE / "versions.json").unlink()
    assert _differing(_verify(config)) == {"registry"}
