# SPDX-License-Identifier: Apache-2.0
"""`prodl new data`: what is found, written and refused in the data of a user."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from components.core.errors import ProdlError
from components.ingest.beam.split import SplitRule
from components.ingest.file_manifest import expected_files
from components.ingest.source_list import read_source_list
from components.validation.items.check import Expectation
from components.validation.items.checks import (
    columns,
    duplicate_rows,
    duplicates,
    faults,
    groups,
    labels,
    later_splits,
    leakage,
    splits,
    texts,
)
from components.validation.settings import load_settings
from pipelines.__main__ import main
from pipelines.approvals.status import limit_status
from pipelines.new_data.items import read_items, split_items
from pipelines.new_data.new_data import NewData, new_data
from tests.support.datasets.user_files import (
    SPECIES,
    Row,
    draw_birds,
    draw_pictures,
    write_csv,
)

PARAMS = """\
# Every number a user may change.
datasets:
  old: # stays as it is
    variant: own
    validation_share: 0.1
    split_salt: ""

# The recipes.
recipes: {}
beam:
  pipeline_args: [--runner=DirectRunner]
"""
CHECKS = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in (
        *(columns, duplicate_rows, duplicates, faults, groups, labels),
        *(later_splits, leakage, splits, texts),
    )
    for name in vars(module)
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "params.yaml").write_text(PARAMS)
    monkeypatch.chdir(tmp_path)
    return root


def make(root: Path, source: Path, *args: Any, **options: Any) -> NewData:
    lines: list[str] = []
    made = new_data(root, "birds", source, *args, report=lines.append, **options)
    (root.parent / "shown.txt").write_text("\n".join(lines))
    return made


def shown(root: Path) -> str:
    return (root.parent / "shown.txt").read_text()


def left_behind(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the data set of the birds."""
    root = tmp_path_factory.mktemp("learned") / "project"
    root.mkdir()
    (root / "params.yaml").write_text(PARAMS)
    make(root, write_csv(root.parent / "birds.csv", draw_birds()), "species")
    return root


def failing_checks(root: Path, rows: Sequence[Row]) -> set[str]:
    """Names of the checks that refuse other rows, by the limits that were learned."""
    changed = root.parent / "changed"
    shutil.rmtree(changed, ignore_errors=True)
    write_csv(changed / "birds.csv", rows)
    found = run_checks(root, split(root, changed))
    return {name for name, holds in found.items() if not holds}


def split(root: Path, raw_dir: Path) -> Any:
    """The item table of raw files, by what the project says of the data set."""
    source_list = read_source_list(root, "birds")
    rule = SplitRule("prodl", 0.2, 0.2, "stratified")
    return split_items(read_items(source_list, raw_dir), source_list, rule)[0]


def run_checks(root: Path, table: Any) -> dict[str, bool]:
    settings = load_settings(
        root / "data/birds/expectations.yaml",
        read_source_list(root, "birds").item_kind,
    ).items
    return {
        name: all(
            run(expectation, table)
            for expectation in check.expectations(settings.classes)
        )
        for name, check in settings.expectations.items()
    }


def run(expectation: Expectation, table: Any) -> bool:
    """What Great Expectations answers, for the few expectations that are in use."""
    kwargs = expectation.kwargs
    if "check" in kwargs:
        return bool(CHECKS[kwargs["check"]](table, **kwargs["limits"]).passed)
    column = table[kwargs["column"]]
    match expectation.type:
        case "ExpectColumnValuesToBeUnique":
            return bool(column.is_unique)
        case "ExpectColumnValuesToBeInSet":
            return bool(column.isin(kwargs["value_set"]).mean() >= kwargs["mostly"])
        case "ExpectColumnValuesToBeBetween":
            # A measure of a faulty picture is missing there.
            column = column[table["fault"] == ""]
            low, high = kwargs["min_value"], kwargs.get("max_value", float("inf"))
            return bool((column.dropna() >= low).all() and (column <= high).all())
    raise AssertionError(expectation.type)


def test_table_becomes_a_data_set_whose_limits_it_meets(
    root: Path, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "my birds" / "birds.csv", draw_birds())
    made = make(root, source.parent, "species")

    source_list = read_source_list(root, "birds")
    assert source_list.classes == ("Adelie", "Chinstrap", "Gentoo")
    assert source_list.table
    assert {name: c.kind for name, c in source_list.table.columns.items()} == {
        "bill_length_mm": "number",
        "mass_g": "number",
        "island": "category",
        "sex": "category",
        "seen": "date",
    }
    assert source_list.table.columns["bill_length_mm"].unit == "mm"
    raw = root / "data/raw/birds/own"
    (file,) = expected_files(source_list.variant("own"), raw)
    assert (raw / file.name).read_bytes() == source.read_bytes()
    assert "seen is a date" in shown(root)
    assert set(run_checks(root, made.inspection.items).values()) == {True}
    assert len(run_checks(root, made.inspection.items)) > 10


def test_params_keep_their_comments_and_get_the_data_set_last(learned: Path) -> None:
    text = (learned / "params.yaml").read_text()
    before, after = PARAMS.split("\n# The recipes.")
    assert text.startswith(f"{before}  birds:\n    variant: own")
    assert text.endswith(f"\n# The recipes.{after}")
    assert "    split: stratified #" in text


def _copy_target(rows: list[Row]) -> None:
    for row in rows:
        row["mass_g"] = 3000 + 500 * SPECIES.index(row["species"])


def _other_unit(rows: list[Row]) -> None:
    for row in rows:
        row["bill length (mm)"] = f"{float(row['bill length (mm)']) / 10:.3f}"


def _missing(rows: list[Row]) -> None:
    for row in rows[::3]:
        row["mass_g"] = ""


def _doubled(rows: list[Row]) -> None:
    rows += [dict(row) for row in rows[:60]]


def _renamed_class(rows: list[Row]) -> None:
    for row in rows[:30]:
        row["species"] = "Emperor"


def _numbers_as_words(rows: list[Row]) -> None:
    for row in rows[:30]:
        row["mass_g"] = "heavy"


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (_copy_target, "target_not_copied"),
        (_other_unit, "numbers_in_range"),
        (_missing, "missing_values"),
        (_doubled, "rows_are_distinct"),
        (_renamed_class, "labels_are_known"),
        (_numbers_as_words, "items_are_sound"),
    ],
)
def test_planted_fault_is_refused_by_name(
    learned: Path, plant: Callable[[list[Row]], None], check: str
) -> None:
    rows = draw_birds(seed=2)
    plant(rows)
    assert check in failing_checks(learned, rows)


def test_other_data_of_the_same_kind_pass(learned: Path) -> None:
    assert failing_checks(learned, draw_birds(seed=3)) == set()


def test_category_and_unit_of_the_test_split_alone_are_refused_by_name(
    learned: Path,
) -> None:
    table = split(learned, learned / "data/raw/birds/own")
    is_test = table["split"] == "test"
    assert set(run_checks(learned, table).values()) == {True}
    for column, value, check in (
        ("island", "Atlantis", "categories_in_training"),
        ("mass_g", table["mass_g"] * 0.6, "numbers_alike_in_splits"),
    ):
        planted = table.copy()
        planted[column] = planted[column].mask(is_test, value)
        assert not run_checks(learned, planted)[check], check


def test_suspicious_columns_are_shown_and_left_out(root: Path, tmp_path: Path) -> None:
    rows = [
        {**row, "id": n, "code": row["species"][:2], "ring": f"r{n // 2}", "unit": "g"}
        for n, row in enumerate(draw_birds())
    ]
    make(root, write_csv(tmp_path / "birds.csv", rows), "species")
    text = (root / "data/birds/source.yaml").read_text()
    for name, reason in (
        ("id", "it numbers the rows"),
        ("code", "a copy of the target"),
        ("ring", "different texts"),
        ("unit", "a constant"),
    ):
        _, _, left_out = text.partition(f"    # {name}:")
        assert reason in left_out.partition("\n")[0], text
        assert reason in shown(root)


def test_rows_of_one_patient_stay_in_one_split(root: Path, tmp_path: Path) -> None:
    rows = [{**row, "patient": f"p{n // 4}"} for n, row in enumerate(draw_birds())]
    made = make(root, write_csv(tmp_path / "birds.csv", rows), "species")
    assert read_source_list(root, "birds").group_by == "patient"
    items = made.inspection.items
    assert items.groupby("group")["split"].nunique().max() == 1
    assert items["group"].nunique() == 60


def test_rows_of_both_official_splits_are_shown(root: Path, tmp_path: Path) -> None:
    rows = draw_birds()
    write_csv(tmp_path / "given" / "birds_train.csv", rows[:200])
    write_csv(tmp_path / "given" / "birds_test.csv", rows[190:])
    make(root, tmp_path / "given", "species")
    assert "20 rows are in several splits" in shown(root)
    text = (root / "data/birds/expectations.yaml").read_text()
    assert "20 rows are, by the files' own splits: take them out" in text
    assert "official_split_preserved" in text


def test_number_can_be_the_target(root: Path, tmp_path: Path) -> None:
    made = make(root, write_csv(tmp_path / "birds.csv", draw_birds()), "mass_g")
    source_list = read_source_list(root, "birds")
    assert source_list.table
    assert source_list.table.is_regression
    assert "target missing" in shown(root)
    assert set(run_checks(root, made.inspection.items).values()) == {True}


def test_whole_numbers_get_no_limit_that_nothing_would_exceed(
    root: Path, tmp_path: Path
) -> None:
    random = Random(5)
    # As rooms of flats: most have two, few have seven.
    rows = [{**r, "rooms": 1 + int(random.expovariate(0.8))} for r in draw_birds()]
    make(root, write_csv(tmp_path / "birds.csv", rows), "species")
    path = root / "data/birds/expectations.yaml"
    settings = load_settings(path, read_source_list(root, "birds").item_kind)
    limits = settings.distributions.features
    assert "rooms" not in limits
    assert "mass_g" in limits
    assert all(check.threshold <= 0.4 for check in limits.values())
    assert "No limit for rooms" in " ".join(path.read_text().split())
    # Another check judges them, and refuses a real shift.
    table = split(root, root / "data/raw/birds/own")
    assert run_checks(root, table)["numbers_alike_in_splits"]
    table["rooms"] = table["rooms"].mask(table["split"] == "test", table["rooms"] + 4)
    assert not run_checks(root, table)["numbers_alike_in_splits"]


def test_target_is_asked_for(root: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    with pytest.raises(ProdlError, match="--target COLUMN, one of species, bill"):
        make(root, source)
    make(root, source, ask=lambda question, headers: headers[0])
    assert read_source_list(root, "birds").table.target == "species"  # type: ignore[union-attr]


def test_pictures_become_a_data_set_whose_limits_they_meet(
    root: Path, tmp_path: Path
) -> None:
    folder = draw_pictures(tmp_path / "my pictures")
    (folder / "dark" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    shutil.copy(folder / "dark" / "1.png", folder / "dark" / "copy.png")
    made = make(root, folder)
    assert read_source_list(root, "birds").classes == ("bright", "dark")
    items = made.inspection.items
    assert len(items) == 42
    assert "1 faulty" in shown(root)
    assert "2 pictures are equal to another one" in shown(root)
    assert [n for n, holds in run_checks(root, items).items() if not holds] == []
    darker = items.assign(mean=items["mean"] - 58)
    assert not run_checks(root, darker)["pixel_range"]


def test_idx_files_become_a_data_set(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "idx"
    folder.mkdir()
    pixels = b"".join(bytes([number // 2]) * 64 for number in range(60))
    labels = bytes(n % 3 for n in range(60))
    header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4) for n in (60, 8, 8))
    (folder / "a-images-idx3-ubyte").write_bytes(header + pixels)
    header = b"\0\0\x08\x01" + (60).to_bytes(4)
    (folder / "a-labels-idx1-ubyte").write_bytes(header + labels)
    made = make(root, folder)
    source_list = read_source_list(root, "birds")
    assert source_list.classes == ("0", "1", "2")
    assert source_list.image_shape == (8, 8, 1)
    assert "60 images are equal to another one" in shown(root)
    assert len(made.inspection.items) == 60


def test_texts_become_a_data_set_whose_limits_they_meet(
    root: Path, tmp_path: Path
) -> None:
    words = "der Vogel singt auf dem hohen Baum im gr\u00fcnen Garten".split()
    paragraphs = [" ".join(words[n % 7 :] + words[: n % 5]) for n in range(80)]
    for name in ("ein buch", "noch eins"):
        path = tmp_path / "texte" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    made = make(root, tmp_path / "texte")
    assert read_source_list(root, "birds").modality == "text"
    assert "encoding  UTF-8" in shown(root)
    settings = load_settings(root / "data/birds/expectations.yaml").items
    assert {"splits_are_blocks", "vocabulary_coverage"} <= set(settings.expectations)
    for name, check in settings.expectations.items():
        for expectation in check.expectations(settings.classes):
            if "check" in expectation.kwargs:
                assert run(expectation, made.inspection.items), name


def test_verb_shows_writes_and_says_what_is_next(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    monkeypatch.setenv("PRODL_ROOT", str(root))
    arguments = ["new", "data", "birds", "--from", str(source)]
    refused = CliRunner().invoke(main, arguments)
    assert refused.exit_code == 2
    assert "--target COLUMN, one of species" in refused.output
    done = CliRunner().invoke(main, [*arguments, "--target", "species"])
    assert done.exit_code == 0
    assert "next: prodl validate birds" in done.output
    assert done.output.endswith(
        "then: prodl new recipe birds-table --family table --data birds\n"
    )
    status = limit_status(root, "birds")
    assert status
    assert status.is_provisional
    assert not status.pending


def test_dry_run_shows_and_writes_nothing(root: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    make(root, source, "species", dry_run=True)
    assert "species, 3 classes" in shown(root)
    assert left_behind(root) == ["params.yaml"]
    assert (root / "params.yaml").read_text() == PARAMS


@pytest.mark.parametrize(
    "name", ["my birds", "a/b", "", "1st", "../x", "x" * 61, "raw"]
)
def test_name_that_is_no_name_is_refused(root: Path, tmp_path: Path, name: str) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    with pytest.raises(ProdlError, match="name"):
        new_data(root, name, source, "species")
    assert left_behind(root) == ["params.yaml"]


def test_what_a_killed_process_left_is_removed(root: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    # No process has so high a number.
    left = root / "data" / "raw" / f".birds.{1 << 30}.abc" / "own"
    left.mkdir(parents=True)
    make(root, source, "species", dry_run=True)
    assert not left.exists()


def test_existing_data_set_is_not_replaced(root: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    make(root, source, "species")
    before = left_behind(root)
    with pytest.raises(ProdlError, match="has a data set 'birds' already") as refusal:
        make(root, source, "species")
    assert "prodl fetch birds --from PATH --replace" in str(refusal.value)
    (root / "params.yaml").write_text(PARAMS)
    with pytest.raises(ProdlError, match="data/birds exists already"):
        make(root, source, "species")
    assert left_behind(root) == before


def test_name_of_a_recipe_is_none_of_a_data_set(root: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    (root / "params.yaml").write_text("datasets: {}\nrecipes:\n  birds: {}\n")
    with pytest.raises(ProdlError, match="has a recipe 'birds'"):
        make(root, source, "species")


def test_gigabytes_are_asked_for(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    monkeypatch.setattr("pipelines.new_data.new_data.ASK_ABOVE", 100)
    with pytest.raises(ProdlError, match="Say --yes"):
        make(root, source, "species")
    with pytest.raises(ProdlError, match="nothing was copied"):
        make(root, source, "species", ask=lambda question, choices: "no")
    assert left_behind(root) == ["params.yaml"]
    make(root, source, "species", yes=True)


def test_more_items_than_memory_holds_are_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_csv(tmp_path / "birds.csv", draw_birds())
    monkeypatch.setattr("pipelines.new_data.items.MAX_ITEMS", 200)
    with pytest.raises(ProdlError, match="at most 200 items"):
        make(root, source, "species")
    assert left_behind(root) == ["params.yaml"]


def _write(content: bytes, name: str = "birds.csv") -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


COUNTED = b"".join(b"%d,%s\n" % (n, b"ab"[n % 2 :][:1]) for n in range(60))
CHINESE = "\u5929\u5730\u7384\u9ec4\n\n".encode()
ROW = b"1.5,a\n2.5,a\n1.5,b\n2.5,b\n"


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda folder: None, "Received no file"),
        (_write(b""), "Received empty files alone"),
        (_write(b"x,species\n"), "30 rows or more"),
        (_write(b"x,species\n" + b"1,a\n1,b\n" * 30), "no column is left"),
        (_write(b"x,species\n1,a\n2,b\n"), "30 rows or more"),
        (_write(b"x,species\n" + b"1,a\n2,a\n" * 30), "nothing to tell apart"),
        (_write(b"x,species\n" + ROW * 9 + b"3.5,c\n" * 2), "5 rows or more of each"),
        (_write(b"x,species\n" + b"\xe9\xff,a\n1,b\n" * 20), "20 x not UTF-8"),
        (_write(b"a\xe9,species\n" + ROW * 30), "in UTF-8"),
        (_write(b"\xff\xfex\0,\0y\0\n\0"), "UTF-16"),
        (_write(b",".join(b"c%d" % n for n in range(5000))), "at most 2,000"),
        (_write(b"column," * 700_000), "with the columns that matter"),
        (_write(b"n,species\n" + COUNTED), "no column is left"),
        (_write(b"\x7fELF\0\0", "program.exe"), "Received program.exe"),
        (_write(CHINESE * 90, "a.txt"), "Chinese or Japanese"),
        (lambda folder: draw_pictures(folder, 1), "30 pictures or more"),
        (lambda folder: shutil.rmtree(draw_pictures(folder, 40) / "dark"), "two c"),
    ],
)  # fmt: skip
def test_unusable_data_are_refused_and_leave_nothing(
    root: Path, tmp_path: Path, prepare: Callable[[Path], None], message: str
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    prepare(folder)
    is_table = (folder / "birds.csv").exists()
    with pytest.raises(ProdlError, match=message) as refusal:
        make(root, folder, *(["species"] if is_table else []))
    assert ".birds." not in str(refusal.value)
    assert left_behind(root) == ["params.yaml"]


def test_path_in_the_project_is_refused(root: Path) -> None:
    write_csv(root / "data/raw/given/birds.csv", draw_birds())
    for path, message in (
        (root / "data/raw/given", "own folder data"),
        (root, "holds the project itself"),
        (root / "nothing", "there is no"),
    ):
        with pytest.raises(ProdlError, match=message):
            make(root, path, "species")
