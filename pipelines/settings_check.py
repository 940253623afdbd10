# SPDX-License-Identifier: Apache-2.0
"""All settings of a run, checked before TFX is imported; errors come in one list.

They stand in params.yaml, in the files of the data set (source list, expectations,
schema) and in import paths of a user's own code. TFX takes many seconds to import.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from components.contracts.evaluation_facts import read_evaluation_facts
from components.contracts.modality import Modality
from components.core.errors import ErrorList, UsageError
from components.core.import_path import add_to_path, check_import_path
from components.core.records import read_record, unknown_name
from components.core.shortening import enumerate_names, quote
from components.core.yaml_files import load_yaml
from components.evaluator.gate import is_known_metric
from components.ingest.beam.split import FOLD
from components.ingest.readers.reader import find_reader
from components.ingest.source_list import SourceList, read_source_list
from components.validation.items.gallery import EXPECTATION, GalleryCheck
from components.validation.settings import (
    Settings,
    check_own_expectations,
    load_settings,
)
from pipelines.approvals.record import read_approvals
from pipelines.config import (
    Config,
    DatasetConfig,
    RecipeConfig,
    read_config,
    unknown_dataset,
)
from pipelines.families import FAMILIES, families_of

Check = Callable[[], object]


class _Found(ErrorList):
    """Errors of settings, and what is yet to be looked for."""

    def __init__(self) -> None:
        super().__init__()
        # Place, import path and kind of all code of the user's own.
        self.named: list[tuple[str, str, str]] = []
        self.expectations: list[tuple[Settings, Path]] = []


def check_recipe(root: Path, name: str, *others: Check) -> Config:
    """Check everything that a run of a recipe reads of the settings.

    Args:
        root: The project's root folder.
        name: Name of the recipe.
        others: Functions that check further settings, each with a `UsageError`, for
            instance the pool of a cluster. Defaults to none.

    Raises:
        UsageError: Something is wrong; the message has every place, with its remedy.
    """
    errors = _Found()
    config = read_config(root, errors)
    if name not in (*config.recipes, *config.unread):
        errors.add(UsageError(unknown_name(name, config.recipes, "unknown recipe")))
    recipe = config.recipes.get(name)
    dataset = recipe.dataset if recipe else config.unread.get(name, "")
    source_list = None
    if dataset in config.datasets or _has_files(root, dataset):
        source_list = _check_dataset(config, dataset, errors)
    if recipe:
        _note_own_code(config.place(name), recipe, errors)
    if recipe and source_list:
        _check_fits_data(config.place(name), recipe, source_list, errors)
    return _end(config, errors, others)


def check_dataset(root: Path, name: str, *others: Check) -> Config:
    """Check everything that the data steps of a data set read of the settings.

    Args:
        root: The project's root folder.
        name: Name of the data set.
        others: As for `check_recipe`.

    Raises:
        UsageError: Something is wrong; the message has every place, with its remedy.
    """
    errors = _Found()
    config = read_config(root, errors)
    if name in config.datasets or _has_files(root, name):
        _check_dataset(config, name, errors)
    if name not in config.known_datasets:
        errors.add(UsageError(unknown_dataset(name, config.datasets)))
    return _end(config, errors, (*others, partial(_build_expectations, errors)))


def find_errors(root: Path) -> list[str]:
    """Check the settings of all recipes and data sets; return what is wrong."""
    errors = _Found()
    config = read_config(root, errors)
    source_lists = {
        name: _check_dataset(config, name, errors) for name in config.datasets
    }
    for name, recipe in config.recipes.items():
        _note_own_code(config.place(name), recipe, errors)
        if source_list := source_lists.get(recipe.dataset):
            _check_fits_data(config.place(name), recipe, source_list, errors)
    _check_own_code(root, errors)
    _build_expectations(errors)
    _shorten_paths(root, errors)
    return errors.messages


def _end(config: Config, errors: _Found, others: Iterable[Check]) -> Config:
    _check_own_code(config.root, errors)
    for check in others:
        with errors.collect():
            check()
    _shorten_paths(config.root, errors)
    errors.raise_any()
    return config


def _build_expectations(errors: _Found) -> None:
    """Have the classes of expectations refuse their arguments, if all is well so far.

    This imports Great Expectations for seconds if one is named: a recipe is run after
    its data were validated, and without it.
    """
    if not errors.messages:
        for settings, path in errors.expectations:
            errors.messages += check_own_expectations(settings, path)


def _shorten_paths(root: Path, errors: ErrorList) -> None:
    """Name the files of the project as seen from its root."""
    errors.messages = [m.removeprefix(f"{root}/") for m in errors.messages]


def _has_files(root: Path, dataset: str) -> bool:
    return bool(dataset) and (root / "data" / dataset).is_dir()


def _check_dataset(config: Config, name: str, errors: _Found) -> SourceList | None:
    """Check the files of a data set; return its source list if it is valid."""
    source_list: SourceList | None = None
    settings = config.datasets.get(name)
    with errors.collect():
        source_list = read_source_list(config.root, name)
    if source_list:
        with errors.collect():
            find_reader(source_list)
        if settings:
            with errors.collect():
                source_list.variant(settings.variant)
            with errors.collect():
                _check_split(name, settings, source_list)
    modality = source_list.item_kind if source_list else None
    _check_expectations(config.root, name, modality, errors)
    with errors.collect():
        _check_schema(config.root / "data" / name / "schema.pbtxt", name, modality)
    with errors.collect():
        read_evaluation_facts(config.root, name)
    with errors.collect():
        read_approvals(config.root, name)
    return source_list


def _check_split(name: str, settings: DatasetConfig, source_list: SourceList) -> None:
    split_by = source_list.item_kind.split_by
    where = f"params.yaml, datasets.{name}.split: expected"
    advice = f"Received {settings.split!r}. Leave the key out."
    if settings.split == "stratified" and split_by != "group":
        how = "cut into blocks" if split_by == "position" else "split by time"
        raise UsageError(
            f"{where} 'hash' for the modality {source_list.modality!r}, which is "
            f"{how}.\n{advice}"
        )
    if settings.split.startswith(FOLD) and split_by != "time":
        raise UsageError(f"{where} a fold of ratings alone.\n{advice}")


def _check_expectations(
    root: Path, name: str, modality: Modality | None, errors: _Found
) -> None:
    path = root / "data" / name / "expectations.yaml"
    with errors.collect():
        if not path.exists():
            raise UsageError(_missing_file(path, name, "expectations"))
        if modality is None:
            # Which features there are is not known.
            read_record(Settings, load_yaml(path), str(path))
            return
        settings = load_settings(path, modality)
        errors.expectations.append((settings, path))
        for key, check in settings.items.expectations.items():
            if isinstance(check, GalleryCheck) and check.is_own:
                where = f"{path}.items.expectations.{key}.{EXPECTATION}"
                errors.named.append((where, check.expectation, "a class"))


def _check_schema(path: Path, name: str, modality: Modality | None) -> None:
    # Here, because the help of a verb reads no schema.
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    if not path.exists():
        raise UsageError(_missing_file(path, name, "schema"))
    try:
        text = path.read_text(encoding="utf-8")
        schema = text_format.Parse(text, schema_pb2.Schema())
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: expected text in UTF-8.\nReceived {error}."
        ) from None
    except text_format.ParseError as error:
        raise UsageError(
            f"{path}, line {error.GetLine()}: expected a schema of TensorFlow Metadata "
            f"as text.\nReceived {quote(str(error).partition(' : ')[2])}."
        ) from None
    if modality is None:
        return
    received = [feature.name for feature in schema.feature]
    if missing := [n for n in modality.features if n not in received]:
        raise UsageError(
            f"{path}: expected all features of the data set; missing are "
            f"{enumerate_names(missing)}.\nReceived {enumerate_names(received)}."
        )
    if unknown := [n for n in received if n not in modality.features]:
        what = f"{path}: the data set has no feature"
        raise UsageError(unknown_name(unknown[0], modality.features, what))


def _missing_file(path: Path, name: str, what: str) -> str:
    return (
        f"{path} does not exist: every data set needs its {what}.\n"
        f"`prodl new data {name} --from PATH` writes them for files of your own; "
        "data/README.md says what is in them."
    )


def _note_own_code(where: str, recipe: RecipeConfig, errors: _Found) -> None:
    own_code: Mapping[str, str] = {}
    # What is wrong with the keys themselves was told with the parameters.
    with suppress(UsageError, KeyError):
        own_code = recipe.own_code
    named = ((f"{where}.{k}", path, "a function") for k, path in own_code.items())
    errors.named += named


def _check_own_code(root: Path, errors: _Found) -> None:
    """Look for the code that settings name; a package that is away is told once."""
    add_to_path(root)
    absent: dict[str, list[str]] = {}
    for where, path, kind in errors.named:
        package = path.partition(".")[0]
        if "." in path and find_spec(package) is None:
            absent.setdefault(package, []).append(where.removeprefix(f"{root}/"))
        else:
            with errors.collect():
                check_import_path(path, where, kind)
    for package, places in absent.items():
        message = (
            f"there is no module {package}, which these settings name: "
            f"{'; '.join(places)}.\nYour own modules are looked for in {root}: put "
            f"{package} back there, or name other code."
        )
        errors.add(UsageError(message))


def _check_fits_data(
    where: str, recipe: RecipeConfig, source_list: SourceList, errors: ErrorList
) -> None:
    """Check what the settings of a recipe say of data of this kind."""
    if recipe.family not in FAMILIES:
        return
    if source_list.modality not in recipe.family_spec.modalities:
        families = families_of(source_list.modality)
        message = (
            f"{where}.family: expected one for items of the modality "
            f"{source_list.modality!r}: {enumerate_names(families)}.\n"
            f"Received {quote(recipe.family)}."
        )
        errors.add(UsageError(message))
        return
    _check_metrics_of_target(where, recipe, source_list, errors)
    # What is wrong with the keys themselves was told.
    with suppress(UsageError):
        if source_list.item_kind.has_encoded_pictures and not recipe.params.image.size:
            message = (
                f"{where}.trainer.image.size: expected pixels above 0, the side of the "
                f"square that pictures of {source_list.dataset!r} are resized to: each "
                f"has a size of its own.\nReceived 0. Write trainer.image: {{size: 64}}"
            )
            errors.add(UsageError(message))


def _check_metrics_of_target(
    where: str, recipe: RecipeConfig, source_list: SourceList, errors: ErrorList
) -> None:
    """Tell the metrics of a gate that models of the other kind of target have."""
    table = source_list.table
    # Other faults of the gate were told.
    with suppress(UsageError):
        if not table or not recipe.thresholds:
            return
        names = recipe.family_spec.metric_names_for(table.is_regression)
        names += recipe.own_metric_names
        other = recipe.family_spec.metric_names_for(not table.is_regression)
        kind = "number" if table.is_regression else "class"
        main = [
            one
            for one in names
            if one.startswith("test_") and not one.endswith(("_low", "_high"))
        ]
        for threshold in recipe.thresholds:
            name = threshold.metric
            if is_known_metric(name, other) and not is_known_metric(name, names):
                message = (
                    f"{where}.gate: {name!r} is no metric of a {kind}, "
                    f"which the target {table.target!r} is.\nMetrics of a {kind}: "
                    f"{enumerate_names(main)}."
                )
                errors.add(UsageError(message))
