# SPDX-License-Identifier: Apache-2.0
"""Measure the classifiers of photographs, on real pictures or on drawings.

    python benchmarks/photographs.py --recipes cats-dogs-vgg16 cats-dogs-cnn \\
        --from ARCHIVE --weights FILE.h5 --set cats-dogs-vgg16 image.size=224
    python benchmarks/photographs.py --recipes cervix-cnn cervix-transfer
    python benchmarks/photographs.py --recipes cervix-cnn --shuffle-labels

Protocol: whole runs (`prodl run`) in a project folder with the same code and its own
parameters and state. `--from` is a folder or archive of photographs of cats and dogs;
without it the drawings are used. Metrics of the exported float32 model on the test
split, which the evaluator reads once. Seconds are wall time of the training step,
features included unless `--features` has them; CPU seconds are user and system time.

`--shuffle-labels` permutes the types of the drawn patients, those of the test splits
excepted, before anything is read: nothing can be learnt, so the gate must refuse.
"""

import argparse
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from project import (
    ROOT,
    STATE,
    Run,
    change_trainers,
    make_project,
    prodl,
    read_params,
    run_recipe,
    write_params,
)
from tables import markdown

from components.ingest.file_manifest import (
    describe_file,
    read_manifest,
    write_manifest,
)
from components.ingest.source_list import read_source_list
from pipelines.commands.fetch import choose_variant

SHUFFLING_SEED = 0


def main() -> None:
    """Run what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", required=True)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--from", dest="given", type=Path, help="Own photographs.")
    parser.add_argument("--weights", help="Of the base: imagenet, or an .h5 file.")
    parser.add_argument(
        "--shuffle-labels", action="store_true", help="Of the drawn cervix pictures."
    )
    parser.add_argument("--features", type=Path, help="Cache of features to use.")
    parser.add_argument(
        *("--set", "-s"),
        dest="changes",
        nargs=2,
        action="append",
        default=[],
        metavar=("RECIPE", "NAME=VALUE"),
        help="Change a trainer parameter, as in `cats-dogs-vgg16 image.size=224`.",
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = prepare(Path(scratch), arguments)
        rows = [
            row(run_recipe(project, recipe, seed))
            for recipe in arguments.recipes
            for seed in arguments.seeds
        ]
    print(markdown(HEADER, rows))


def prepare(folder: Path, arguments: argparse.Namespace) -> Path:
    """Make a project folder with the parameters and data of the command line."""
    project = make_project(folder, with_raw_data=False)
    params = read_params(project)
    change_trainers(params, arguments.changes)
    recipes = [params["recipes"][name] for name in arguments.recipes]
    for recipe in recipes if arguments.weights else ():
        if base := recipe["trainer"].get("base"):
            base["weights"] = weights_of(arguments.weights)
    if arguments.given:
        source_list = read_source_list(ROOT, "cats_dogs")
        dataset = params["datasets"]["cats_dogs"]
        # A file that the publisher lists belongs to the variant `official`.
        dataset["variant"] = choose_variant(
            source_list, dataset["variant"], arguments.given
        )
    write_params(project, params)
    if arguments.features:
        (project / STATE).mkdir()
        arguments.features.mkdir(parents=True, exist_ok=True)
        (project / STATE / "features").symlink_to(arguments.features.resolve())
    for dataset in sorted({recipe["dataset"] for recipe in recipes}):
        is_given = arguments.given and dataset == "cats_dogs"
        extra = ["--from", str(arguments.given.resolve())] if is_given else []
        prodl(project, "fetch", dataset, *extra)
    if arguments.shuffle_labels:
        shuffle_types(project / "data" / "raw" / "cervix" / "synthetic")
    return project


def weights_of(named: str) -> str:
    """Make the path of a weights file absolute: the run is in another folder."""
    return str(Path(named).resolve()) if named.endswith(".h5") else named


def shuffle_types(folder: Path) -> None:
    """Permute the types of the patients, and record the changed archive."""
    record = read_manifest(folder)
    if record is None:
        raise SystemExit(f"--shuffle-labels: no drawn cervix pictures in {folder}")
    archive = folder / record.files[0].name
    with zipfile.ZipFile(archive) as packed:
        files = [(entry.filename, packed.read(entry)) for entry in packed.infolist()]
    types = {
        patient_of(name): PurePosixPath(name).parts[1]
        for name, _ in files
        if has_type(name)
    }
    dealt = np.random.default_rng(SHUFFLING_SEED).permutation(list(types.values()))
    types = dict(zip(types, dealt, strict=True))
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in files:
            packed.writestr(renamed(name, types), content)
    write_manifest(folder, replace(record, files=(describe_file(archive),)))


def renamed(name: str, types: dict[str, str]) -> str:
    """Path of a file in the archive after its patient got another type."""
    if not has_type(name):
        return name
    split, _, file = PurePosixPath(name).parts
    return f"{split}/{types[patient_of(name)]}/{file}"


def has_type(name: str) -> bool:
    """Return whether a file's folder is its type; those of the tests have none."""
    return len(PurePosixPath(name).parts) == 3


def patient_of(name: str) -> str:
    """Patient of a file, from its name: `p00001` of `p00001_0.jpg`."""
    return PurePosixPath(name).stem.partition("_")[0]


HEADER = [
    *("recipe", "data", "seed", "tested on", "accuracy (95 %)", "log-loss (95 %)"),
    *("of class shares", "ROC area", "least recall", "weights", "seconds"),
    *("CPU s", "features s", "speed-up", "refused by"),
]


def row(found: Run) -> list[str]:
    """Row of a run, in the order of `HEADER`."""
    values, details = found.metrics, found.provenance["details"]
    recalls = [v for name, v in values.items() if name.startswith("test_recall_")]
    return [
        found.recipe,
        found.protocol["data"],
        found.protocol["seed"],
        found.protocol["examples"],
        interval(values, "test_accuracy"),
        interval(values, "test_log_loss"),
        f"{values['test_log_loss_over_class_share']:.3f}",
        f"{values['test_auc']:.4f}" if "test_auc" in values else "",
        f"{min(recalls):.3f}",
        f"{found.provenance['num_parameters']:,}",
        f"{found.training['seconds']:.0f}",
        f"{found.training['cpu_seconds']:.0f}",
        str(details.get("feature_seconds", "")),
        str(details.get("speed_up_by_cache", "")),
        ", ".join(found.refused_by),
    ]


def interval(values: dict[str, float], name: str) -> str:
    """Format a metric with its 95 % interval."""
    low, high = values[f"{name}_low"], values[f"{name}_high"]
    return f"{values[name]:.4f} ({low:.4f} to {high:.4f})"


if __name__ == "__main__":
    main()
