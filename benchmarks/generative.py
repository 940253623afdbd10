# SPDX-License-Identifier: Apache-2.0
"""Tabulate the metrics of the generative recipes' last runs, with their protocol.

    prodl run mnist-gan && prodl run mnist-vae && prodl run mnist-denoising-ae
    python benchmarks/generative.py mnist-gan mnist-vae mnist-denoising-ae

One table per kind of metric, with a column for each recipe that has it; references
(baselines, real images, noise) are measured like the models. Wall and CPU minutes are
those of the training step in the run's record, 0 where it came from the cache.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence

from project import ROOT, Run, read_run
from tables import markdown

RECIPES = (
    *("mnist-gan", "mnist-gan-quick", "mnist-gan-book"),
    *("mnist-vae", "mnist-vae-threshold", "mnist-vae-book", "mnist-vae-book-2d"),
    *("mnist-sparse-ae", "mnist-denoising-ae", "mnist-denoising-ae-book"),
)
# Metric without its prefix -> how to print it.
SAMPLES = {
    "frechet_distance": "{:.2f}",
    "frechet_share": "{:.3%}",
    "kernel_distance": "{:.5f}",
    "precision": "{:.3f}",
    "recall": "{:.3f}",
    "density": "{:.3f}",
    "coverage": "{:.3f}",
    "confident_share": "{:.1%}",
    "class_entropy": "{:.4f}",
    "smallest_class_share": "{:.1%}",
    "largest_class_share": "{:.1%}",
}
OWN = {
    "test_class_agreement": "{:.1%}",
    "test_memorised_share": "{:.2%}",
    "test_nearest_train_ratio": "{:.3f}",
}
PROBES = {
    "test_linear_probe_accuracy": "{:.4f}",
    "baseline_linear_probe_accuracy_pca": "{:.4f}",
    "baseline_linear_probe_accuracy_pixels": "{:.4f}",
}
RULES = ("stochastic", "threshold", "grey", "gaussian", "l1")
BOUNDS = {
    f"test_{part}_{rule}_nats": "{:.2f}"
    for rule in RULES
    for part in (
        "negative_elbo",
        "reconstruction",
        "divergence",
        "negative_elbo_of_subset",
        "importance_weighted",
    )
} | {
    "test_mse": "{:.5f}",
    "baseline_pca_latent_size_mse": "{:.5f}",
    "baseline_mean_image_mse": "{:.5f}",
    "test_active_units": "{:.0f}",
    "test_latent_size": "{:.0f}",
    **PROBES,
}
CODES = {
    "test_mse": "{:.5f}",
    "test_psnr_db": "{:.2f}",
    "baseline_mean_image_mse": "{:.5f}",
    "baseline_pca_code_size_mse": "{:.5f}",
    "baseline_pca_units_on_mse": "{:.5f}",
    "test_mean_activation": "{:.4f}",
    "test_units_in_band_share": "{:.1%}",
    "test_units_on_per_image": "{:.1f}",
    "test_active_units": "{:.0f}",
    "test_code_size": "{:.0f}",
    "test_shuffled_code_mse_ratio": "{:.1f}",
    **PROBES,
}
NOISE = {
    name.format(noise): "{:.2f}"
    for noise in ("gaussian", "salt_pepper", "blur")
    for name in (
        "test_psnr_{}_db",
        "test_gain_{}_db",
        "baseline_noisy_{}_db",
        "baseline_mean_image_{}_db",
        "baseline_mean_filter_{}_db",
        "baseline_gaussian_filter_{}_db",
        "baseline_median_{}_db",
        "baseline_local_wiener_{}_db",
        "baseline_linear_wiener_{}_db",
    )
}

Metrics = Mapping[str, Mapping[str, float]]


def main() -> None:
    """Print the tables of metrics, one of costs, and the protocol of each recipe."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipes", nargs="*", default=RECIPES)
    runs = [read_run(ROOT, recipe) for recipe in parser.parse_args().recipes]
    metrics = {run.recipe: run.metrics for run in runs}
    for text in (
        _samples(_having(metrics, "test_frechet_distance")),
        _table(_having(metrics, "test_latent_size"), BOUNDS),
        _table(_having(metrics, "test_code_size"), CODES),
        _table(_having(metrics, "test_psnr_gaussian_db"), NOISE),
        _costs(runs),
    ):
        if text:
            print(f"{text}\n")
    for run in runs:
        print(f"Protocol of {run.recipe}")
        for name, text in run.protocol.items():
            if not name.startswith("unit."):
                print(f"  {name}: {text}")


def _having(metrics: Metrics, name: str) -> Metrics:
    return {recipe: values for recipe, values in metrics.items() if name in values}


def _samples(metrics: Metrics) -> str:
    """Metrics of samples, with those of real images and of noise as bounds."""
    if not metrics:
        return ""
    bounds = next(iter(metrics.values()))
    rows = []
    for name, form in SAMPLES.items():
        found = [form.format(values[f"test_{name}"]) for values in metrics.values()]
        ends = [form.format(bounds[end + name]) for end in ("real_", "noise_")]
        rows.append([name, *found, *ends])
    rows += [[*row, "", ""] for row in _rows(metrics, OWN)]
    return markdown(["samples", *metrics, "real", "noise"], rows)


def _table(metrics: Metrics, figures: Mapping[str, str]) -> str:
    rows = list(_rows(metrics, figures))
    return markdown(["figure", *metrics], rows) if rows else ""


def _rows(metrics: Metrics, figures: Mapping[str, str]) -> Iterator[list[str]]:
    for name, form in figures.items():
        if any(name in values for values in metrics.values()):
            known = (values.get(name) for values in metrics.values())
            yield [name, *("" if v is None else form.format(v) for v in known)]


def _costs(runs: Sequence[Run]) -> str:
    header = ["recipe", "parameters", "epochs", "training min", "CPU min", "epochs s"]
    return markdown(header, [_cost(run) for run in runs])


def _cost(run: Run) -> list[str]:
    return [
        run.recipe,
        f"{run.provenance['num_parameters']:,}",
        str(run.provenance["epochs"]),
        f"{run.training['seconds'] / 60:.1f}",
        f"{run.training['cpu_seconds'] / 60:.1f}",
        f"{run.provenance['train_seconds']:.0f}",
    ]


if __name__ == "__main__":
    main()
