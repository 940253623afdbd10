# SPDX-License-Identifier: Apache-2.0
"""A password is compiled into no specification."""

from dataclasses import fields
from pathlib import Path

import pytest

from components.core.errors import UsageError
from pipelines.__main__ import main
from pipelines.kubeflow.options import CompileOptions, read_assignments

SECRET = "hunter2-secret"
WITH_PASSWORD = f"https://user:{SECRET}@localhost/project.git"


@pytest.mark.parametrize("name", [field.name for field in fields(CompileOptions)])
def test_option_with_a_password_is_refused_without_showing_it(name: str) -> None:
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')}") as error:
        CompileOptions(**{name: WITH_PASSWORD})
    assert SECRET not in str(error.value)
    assert "https://localhost/project.git" in str(error.value)


@pytest.mark.parametrize(
    "text", [f"data_repo={WITH_PASSWORD}", WITH_PASSWORD, f"x=user:{SECRET}@[bad"]
)
def test_parameter_with_a_password_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected") as error:
        read_assignments((text,))
    assert SECRET not in str(error.value)


def test_user_of_an_ssh_address_is_no_password() -> None:
    options = CompileOptions(data_repo="git@localhost:o/r", data_remote="ssh://me@x/y")
    assert options.data_repo == "git@localhost:o/r"
    assert read_assignments(("data_rev=v1@x",)) == {"data_rev": "v1@x"}


@pytest.mark.cluster
@pytest.mark.parametrize("verb", ["compile", "emulate", "submit"])
def test_no_verb_writes_the_password_anywhere(
    verb: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))
    more = {
        "compile": ["-o", str(tmp_path / "x.yaml")],
        "emulate": [],
        "submit": ["--host", f"http://user:{SECRET}@localhost:9"],
    }[verb]
    with pytest.raises(SystemExit) as end:
        main([verb, "mnist-cnn", "--data-remote", WITH_PASSWORD, *more])
    assert end.value.code == 2
    printed = capsys.readouterr()
    written = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert SECRET not in "".join([printed.out, printed.err, *written])
