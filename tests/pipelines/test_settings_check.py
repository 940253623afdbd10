# SPDX-License-Identifier: Apache-2.0
"""Everything that is wrong with the settings of a run comes in one list, before TFX."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError, messages_of
from components.core.project import project_root
from pipelines.doctor.checkout_checks import check_settings
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.kubeflow.compile import write_specification
from pipelines.kubeflow.options import CompileOptions
from pipelines.settings_check import check_dataset, check_recipe, find_errors
from tests.support.datasets.table_project import (
    expectations,
    make_table_project,
    params,
    write_yaml,
)

RECIPE: dict[str, Any] = {
    "dataset": "birds",
    "family": "cnn",
    "needs": "none",
    "seed": 1,
    "trainer": {
        "layers": ["dense 8"],
        "epochs": 1,
        "batch_size": 8,
        "optimizer": {"name": "adam", "learning_rate": 0.1},
    },
    "gate": {"test_accuracy": {"min": 0.5}},
}
# Parameters of every trainer of images.
_TRAINED = ("epochs", "batch_size", "optimizer")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    return make_table_project(tmp_path)


def _told(check: Callable[..., object], *arguments: object) -> tuple[str, ...]:
    with pytest.raises(UsageError) as refused:
        check(*arguments)
    return messages_of(refused.value)


def test_valid_settings_pass(root: Path) -> None:
    assert "birds" in check_dataset(root, "birds").datasets
    assert find_errors(root) == []


def test_settings_of_this_project_pass() -> None:
    assert find_errors(project_root()) == []


def test_damaged_record_of_approvals_is_told_before_a_run(root: Path) -> None:
    (root / "data/birds/approvals.yaml").write_text("learned: {when: today}\n")
    (told,) = _told(check_dataset, root, "birds")
    assert told.startswith("data/birds/approvals.yaml.learned")


def test_faults_of_every_file_come_in_one_list(root: Path) -> None:
    content = params()
    content["datasets"]["birds"]["variant"] = "owm"
    write_yaml(root / "params.yaml", content)
    checks = expectations()
    checks["items"]["expectations"]["missing_values"]["max_shares"] = {"bill": 0.1}
    checks["distributions"]["features"] = {"wings": {}}
    write_yaml(root / "data/birds/expectations.yaml", checks)
    schema = root / "data/birds/schema.pbtxt"
    schema.write_text(schema.read_text().replace("FLOAT", "FLAOT", 1))
    told = _told(check_dataset, root, "birds")
    assert [message.partition("\n")[0].rpartition("/")[2] for message in told] == [
        "source.yaml: unknown variant 'owm'. Did you mean 'own'?",
        "expectations.yaml.distributions.features.wings: missing 'description', "
        "'severity', 'measure', 'threshold'.",
        "schema.pbtxt, line 9: expected a schema of TensorFlow Metadata as text.",
    ]


def test_column_that_there_is_not_is_told_for_each_check(root: Path) -> None:
    checks = expectations()
    named = checks["items"]["expectations"]
    named["missing_values"]["max_shares"] = {"bil_length": 0.1}
    named["numbers_in_range"]["ranges"] = {"mass": [0, 1]}
    write_yaml(root / "data/birds/expectations.yaml", checks)
    told = _told(check_dataset, root, "birds")
    assert ["unknown column" in message for message in told] == [True, True]
    assert "Did you mean 'bill_length'" in told[0]


@pytest.mark.parametrize("name", ["source.yaml", "expectations.yaml", "schema.pbtxt"])
def test_missing_file_is_told(root: Path, name: str) -> None:
    (root / "data/birds" / name).unlink()
    (message,) = _told(check_dataset, root, "birds")
    assert f"{name} does not exist" in message


def test_all_missing_files_are_told_with_the_command_that_writes_them(
    root: Path,
) -> None:
    for file in (root / "data/birds").iterdir():
        if file.name != "source.yaml":
            file.unlink()
    told = _told(check_dataset, root, "birds")
    assert len(told) == 2
    assert all("prodl new data birds --from PATH" in message for message in told)


def test_schema_lacks_no_feature_and_has_no_other(root: Path) -> None:
    schema = root / "data/birds/schema.pbtxt"
    text = schema.read_text()
    schema.write_text(text.replace('"island"', '"isle"'))
    (message,) = _told(check_dataset, root, "birds")
    assert "missing are island" in message
    schema.write_text(text + 'feature { name: "isle" type: BYTES }\n')
    (message,) = _told(check_dataset, root, "birds")
    assert "no feature 'isle'" in message


def test_reader_and_unknown_names_are_told(root: Path) -> None:
    source = root / "data/birds/source.yaml"
    source.write_text(source.read_text() + "reader: components.ingest.readers.none\n")
    (message,) = _told(check_dataset, root, "birds")
    assert "import path of a module" in message
    (message,) = _told(check_dataset, root, "bird")
    assert message.startswith("unknown data set 'bird'. Did you mean 'birds'?")
    (message,) = _told(check_recipe, root, "birds-cnn")
    assert "There is none yet." in message


def _with_recipe(root: Path, **changes: Any) -> None:
    write_yaml(
        root / "params.yaml",
        {**params(), "recipes": {"birds-cnn": {**RECIPE, **changes}}},
    )


def test_family_must_take_the_modality(root: Path) -> None:
    _with_recipe(root)
    (message,) = _told(check_recipe, root, "birds-cnn")
    assert message == (
        "params.yaml, recipes.birds-cnn.family: expected one for items of the modality "
        "'table': table.\nReceived 'cnn'."
    )


def _with_photographs(root: Path) -> None:
    source = root / "data/birds/source.yaml"
    content = yaml.safe_load(source.read_text())
    del content["table"]
    classes = ["Adelie", "Gentoo"]
    write_yaml(source, {**content, "modality": "photograph", "classes": classes})


@pytest.mark.parametrize(
    ("family", "trainer"), [("encoder", {}), ("dbn", {"units": [8]})]
)
def test_family_of_small_images_takes_no_photographs(
    root: Path, family: str, trainer: dict[str, Any]
) -> None:
    shared = {key: RECIPE["trainer"][key] for key in _TRAINED}
    sized = {**shared, **trainer, "image": {"size": 28}}
    _with_recipe(root, family=family, trainer=sized)
    _with_photographs(root)
    told = _told(check_recipe, root, "birds-cnn")
    (message,) = (m for m in told if "recipes.birds-cnn." in m)
    assert message == (
        "params.yaml, recipes.birds-cnn.family: expected one for items of the modality "
        f"'photograph': cnn, rnn.\nReceived {family!r}."
    )


def test_pictures_of_several_sizes_need_one_before_a_run(root: Path) -> None:
    _with_recipe(root)
    _with_photographs(root)
    told = _told(check_recipe, root, "birds-cnn")
    place = "params.yaml, recipes.birds-cnn.trainer.image.size: expected pixels"
    assert sum(message.startswith(place) for message in told) == 1


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (
            "test_rmse",
            "'test_rmse' is no metric of a class, which the target",
        ),
        (
            "test_logloss",
            "metric 'test_logloss'. Did you mean 'test_log_loss'?",
        ),
        # Of all metrics `test_r2` is the nearest.
        ("test_r3", "unknown metric 'test_r3'"),
    ],
)
def test_gate_has_the_metrics_of_its_target_alone(
    root: Path, metric: str, words: str
) -> None:
    trainer = {key: RECIPE["trainer"][key] for key in ("epochs", "batch_size")}
    trainer["optimizer"] = RECIPE["trainer"]["optimizer"]
    gate = {metric: {"max": 1}, "test_log_loss_share_of_majority": {"max": 1}}
    _with_recipe(root, family="table", trainer=trainer, gate=gate)
    (message,) = _told(check_recipe, root, "birds-cnn")
    assert message.startswith("params.yaml, recipes.birds-cnn.gate: ")
    assert words in message
    assert "test_r2" not in message


def test_recipe_and_its_data_set_are_told_together(root: Path) -> None:
    _with_recipe(root, seed="one", family="cn")
    (root / "data/birds/schema.pbtxt").unlink()
    seed, schema = _told(check_recipe, root, "birds-cnn")
    assert "recipes.birds-cnn.seed: expected a value of type int" in seed
    assert "schema.pbtxt does not exist" in schema
    _with_recipe(root, dataset="bird", family="cn", trainer={"layers": 3})
    told = _told(check_recipe, root, "birds-cnn")
    assert [m.partition(" ")[2].partition(":")[0] for m in told] == [
        "recipes.birds-cnn.dataset",
        "recipes.birds-cnn.family",
    ]


def test_own_code_is_looked_for_and_not_run(root: Path) -> None:
    (root / "own_code").mkdir()
    (root / "own_code/model.py").write_text("raise SystemExit\ndef build(): ...\n")
    trainer = {n: v for n, v in RECIPE["trainer"].items() if n != "layers"}
    own = trainer | {"network": "own_code.model.build"}
    _with_recipe(root, trainer=own)
    (message,) = _told(check_recipe, root, "birds-cnn")
    assert "family: expected one for items" in message
    own = trainer | {"network": "own_code.model.b"}
    _with_recipe(root, preprocess="own_none.x", trainer=own)
    _, network, preprocess = _told(check_recipe, root, "birds-cnn")
    assert "trainer.network: expected the import path" in network
    assert "own_code.model has no b" in network
    assert preprocess.startswith("there is no module own_none")


def test_package_that_is_away_is_told_in_one_sentence(root: Path) -> None:
    checks = expectations()
    own = {"description": "Mine.", "severity": "warning", "expectation": "gone.Check"}
    checks["items"]["expectations"]["mine"] = own
    write_yaml(root / "data/birds/expectations.yaml", checks)
    trainer = {n: v for n, v in RECIPE["trainer"].items() if n != "layers"}
    trainer["network"] = "gone.model.build"
    _with_recipe(root, preprocess="gone.preprocess.fn", trainer=trainer)
    _, message = _told(check_recipe, root, "birds-cnn")
    assert message.startswith(
        "there is no module gone, which these settings name: data/birds/expectations"
        ".yaml.items.expectations.mine.expectation; params.yaml, recipes.birds-cnn."
        "trainer.network; params.yaml, recipes.birds-cnn.preprocess.\n"
    )


@pytest.mark.slow
def test_arguments_of_an_expectation_are_checked_once_all_else_is_well(
    root: Path,
) -> None:
    checks = expectations()
    name = "ExpectColumnValuesToBeBetween"
    own = {
        "description": "x.",
        "severity": "warning",
        "expectation": name,
        "colum": "y",
    }
    checks["items"]["expectations"]["mine"] = own
    write_yaml(root / "data/birds/expectations.yaml", checks)
    (message,) = _told(check_dataset, root, "birds")
    assert "data/birds/expectations.yaml.items.expectations.mine" in message


def test_doctor_finds_what_runs_would_refuse(root: Path) -> None:
    assert check_settings(root).status == "ok"
    _with_recipe(root, seed="one")
    (root / "data/birds/schema.pbtxt").unlink()
    finding = check_settings(root)
    assert finding.status == "error"
    assert "recipes.birds-cnn.seed: expected" in finding.observed
    assert "data/birds/schema.pbtxt does not exist" in finding.observed


def test_cluster_is_checked_with_the_settings_before_tfx(root: Path) -> None:
    options = CompileOptions(pool="gpuu", root="file:///tmp", kfp_version="9.9")
    told = _told(write_specification, "birds-cnn", root / "m.json", options)
    assert [message.partition("\n")[0] for message in told] == [
        "unknown recipe 'birds-cnn'.",
        "the specification must be a .yaml file.",
        "infra/pools.yaml: unknown pool 'gpuu'. Did you mean 'gpu'?",
        "--kfp-version: unknown version of Kubeflow Pipelines.",
        "pipeline root: the nodes of a cluster share no folder, so it must be in an "
        "object store (gs://, s3://, minio://).",
        "address of published models: the nodes of a cluster share no folder, so it "
        "must be in an object store (gs://, s3://, minio://).",
    ]


def test_other_checks_join_the_list(root: Path) -> None:
    def refuse() -> None:
        raise UsageError("unknown pool")

    assert len(_told(check_recipe, root, "x", refuse)) == 2


@pytest.mark.parametrize(
    ("name", "split", "told"),
    [
        ("alice", "stratified", "expected 'hash' for the modality 'text'"),
        ("movielens", "stratified", "expected 'hash' for the modality 'ratings'"),
        ("alice", "fold_1", "expected a fold of ratings alone"),
        ("movielens", "fold_1", ""),
    ],
)
def test_split_fits_the_modality(
    tmp_path: Path, name: str, split: str, told: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).symlink_to(PROJECT_ROOT / "data" / name)
    content = yaml.safe_load((PROJECT_ROOT / "params.yaml").read_text())
    content["datasets"] = {name: content["datasets"][name] | {"split": split}}
    write_yaml(tmp_path / "params.yaml", content | {"recipes": {}})
    if not told:
        check_dataset(tmp_path, name)
        return
    (message,) = _told(check_dataset, tmp_path, name)
    assert message.startswith(f"params.yaml, datasets.{name}.split: {told}")


def test_no_heavy_library_is_imported() -> None:
    code = (
        "import sys; from pathlib import Path; import pipelines.kubeflow.compile; "
        "from pipelines.settings_check import find_errors; find_errors(Path('.')); "
        "print({'tfx', 'tensorflow', 'pandas', 'keras', 'great_expectations'} "
        "& set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True)
    assert found.stdout.strip() == "set()", found.stderr
