# SPDX-License-Identifier: Apache-2.0
"""Measure throughput and peak memory of Ingest on photographs.

    python benchmarks/ingest.py --items 25000

Protocol: an archive of JPEGs of about 25 kB is drawn, 500 x 374 pixels, each with other
content. The whole step then runs in a process of its own, as in a pipeline (Beam in
memory, one worker): every picture is read from the zip, decoded, measured, hashed
twice, thumbnailed, grouped, split and written as an example and a table row. Images per
second and core are items divided by the CPU seconds of that process; the CPU seconds of
imports are printed separately and not counted.
"""

import argparse
import io
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from components.ingest.beam.outputs import count_items
from pipelines.config import load_config

ROOT = Path(__file__).resolve().parents[1]
SIZE = (500, 374)
QUALITY = 82


def main() -> None:
    """Draw the archive, measure the step and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=25_000)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        ingest(*map(Path, arguments.run))
        return
    folder = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        size = draw(folder / "raw", arguments.items)
        print(f"{arguments.items:,} JPEGs of {SIZE[0]} x {SIZE[1]} pixels,", end=" ")
        print(f"{size / arguments.items / 1000:.1f} kB on average", flush=True)
        command = (sys.executable, __file__, "--run", folder / "raw", folder / "out")
        subprocess.run([str(part) for part in command], check=True, cwd=ROOT)
        counts = count_items(folder / "out" / "items")
        print(f"items {counts['num_items']:,}, faulty {counts['num_faulty']:,}")
    finally:
        shutil.rmtree(folder)


def draw(folder: Path, num_items: int) -> int:
    """Write an archive of photograph-like JPEGs; return their total size in bytes."""
    random = np.random.default_rng(0)
    grain = random.integers(-6, 7, (SIZE[1] + 256, SIZE[0] + 256, 3), np.int16)
    folder.mkdir()
    total = 0
    with zipfile.ZipFile(folder / "photographs.zip", "w") as container:
        for number in range(num_items):
            patches = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            soft = Image.fromarray(patches).resize(SIZE, Image.Resampling.BICUBIC)
            top, left = random.integers(0, 256, 2)
            noise = grain[top : top + SIZE[1], left : left + SIZE[0]]
            pixels = np.clip(np.asarray(soft, np.int16) + noise, 0, 255)
            buffer = io.BytesIO()
            Image.fromarray(pixels.astype(np.uint8)).save(
                buffer, "JPEG", quality=QUALITY
            )
            total += buffer.tell()
            name = f"{('cat', 'dog')[number % 2]}/{number:05d}.jpg"
            container.writestr(name, buffer.getvalue())
    return total


def ingest(raw: Path, output: Path) -> None:
    """Run the step in this process, and print its time and memory."""
    import apache_beam as beam

    from components.contracts.modality import MODALITIES
    from components.ingest.beam.pipeline import IngestJob, add_ingest
    from components.ingest.beam.split import SplitRule
    from components.ingest.readers.photo_archive import list_chunks

    reader = "components.ingest.readers.cats_dogs"
    folders = (output / "examples", output / "items")
    job = IngestJob(
        reader, MODALITIES["photograph"], raw, *folders, SplitRule("s", 0.1)
    )
    for folder in (job.examples_dir, job.items_dir):
        folder.mkdir(parents=True)
    started, cpu = time.perf_counter(), time.process_time()
    with beam.Pipeline(argv=list(load_config(ROOT).beam.pipeline_args)) as pipeline:
        add_ingest(pipeline, job)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    num_items = sum(chunk.count for chunk in list_chunks(raw))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"CPU {cpu:.1f} s (user and system), wall {wall:.1f} s")
    print(f"imports before: {time.process_time() - cpu:.1f} s CPU, not counted")
    print(f"{num_items / cpu:.0f} images/s per core, peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
