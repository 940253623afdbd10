# SPDX-License-Identifier: Apache-2.0
"""The emulator's cache: the newest successful execution with the same key."""

from pathlib import Path

import pytest
from google.protobuf import struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from pipelines.emulator.metadata import Finished, MetadataStore

pytestmark = pytest.mark.cluster


def _record(
    store: MetadataStore, state: str, value: str, fingerprint: str = "key"
) -> Finished:
    inputs = kfp.ExecutorInput.Inputs()
    values = {"value": struct_pb2.Value(string_value=value)}
    return store.record("node", state, fingerprint, inputs, {}, values)


def test_newest_success_with_the_same_key_is_found(tmp_path: Path) -> None:
    store = MetadataStore(tmp_path / "mlmd.sqlite", "pipeline", "run")
    assert store.find("key") is None
    _record(store, "COMPLETE", "old")
    newest = _record(store, "COMPLETE", "new")
    _record(store, "FAILED", "failed")
    _record(store, "COMPLETE", "other", fingerprint="another key")
    assert store.find("key") == newest
    assert newest.parameters["value"].string_value == "new"
    other = MetadataStore(tmp_path / "mlmd.sqlite", "another pipeline", "run")
    assert other.find("key") is None
