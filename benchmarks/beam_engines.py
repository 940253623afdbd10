# SPDX-License-Identifier: Apache-2.0
"""Compare Beam's engines on the data steps of a recipe: CPU, memory, time, results.

    python benchmarks/beam_engines.py --prism PATH [--recipe mnist-cnn]

Protocol: each engine runs the steps up to Transform from nothing, as `prodl run` does,
in a project folder with a state of its own; Ingest, StatisticsGen and Transform are
Beam's. CPU seconds are user and system time of all processes, imports and servers
included; memory is the largest sum over all processes, sampled twice a second. Wall
seconds of the steps include other work of the machine. Without `--prism`, Beam's runner
in Go (`make proof` builds it), its rows are left out.
"""

import argparse
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from process_tree import measured
from project import STATE, make_project, read_json, read_params, write_params
from tables import markdown

ROOT = Path(__file__).resolve().parents[1]
STEPS = ("Ingest", "StatisticsGen", "Transform")
HEADER = ["engine", "CPU s", "peak GB", *(f"{step} s" for step in STEPS), "examples"]
IN_PROCESS = ("--runner=FnApiRunner", "--sdk_container_image=local")
JOB_SERVICE = "apache_beam.runners.portability.local_job_service_main"
WORKER_POOL = "apache_beam.runners.worker.worker_pool_main"
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Engine:
    """A runner of Beam, and the servers that it needs."""

    name: str
    """As in the table."""

    options: tuple[str, ...]
    """Beam's options; `{pool}` and `{jobs}` stand for the ports of the servers."""

    servers: tuple[tuple[str, ...], ...] = ()
    """Commands to start before the run."""


def engines(prism: str | None) -> list[Engine]:
    """Return the engines in the order of the table.

    Args:
        prism: The program; None to leave it out.
    """
    external = ("--environment_type=EXTERNAL", "--environment_config=localhost:{pool}")
    portable = ("--runner=PortableRunner", "--job_endpoint=localhost:{jobs}", *external)
    pool = (sys.executable, "-m", WORKER_POOL, "--service_port={pool}")
    jobs = (sys.executable, "-m", JOB_SERVICE, "--job_port={jobs}")
    found = [
        Engine("FnApiRunner, in memory", (*IN_PROCESS, "--direct_num_workers=1")),
        Engine(
            "FnApiRunner, 2 processes",
            (
                *(*IN_PROCESS, "--direct_running_mode=multi_processing"),
                "--direct_num_workers=2",
            ),
        ),
        Engine("PortableRunner, worker pool", portable, (pool, jobs)),
    ]
    if prism:
        started = ("--runner=PrismRunner", f"--prism_location={prism}")
        loopback = (*started, "--environment_type=LOOPBACK")
        served = (prism, "--job_port={jobs}", "--serve_http=false")
        found += [
            Engine("Prism, workers in the run", loopback),
            Engine("Prism, worker pool", portable, (pool, served)),
        ]
    return found


def main() -> None:
    """Run the steps with every engine and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prism", help="Path of the program.")
    parser.add_argument("--recipe", default="mnist-cnn")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run_data_steps(arguments.recipe)
        return
    prism = arguments.prism and str(Path(arguments.prism).resolve())
    rows, expected = [], ""
    for engine in engines(prism):
        with tempfile.TemporaryDirectory() as folder:
            row, digest = measure(engine, Path(folder), arguments.recipe)
        expected = expected or digest
        rows.append([*row, "equal" if digest == expected else "DIFFER"])
        print(" ".join(rows[-1]), file=sys.stderr)
    print(markdown(HEADER, rows))


def measure(engine: Engine, folder: Path, recipe: str) -> tuple[list[str], str]:
    """Run the steps with one engine; return its row, and a hash of the examples."""
    project = make_project(folder)
    ports = {"pool": _free_port(), "jobs": _free_port()}
    params = read_params(project)
    options = [option.format(**ports) for option in engine.options]
    params["beam"] = {"pipeline_args": [*options, "--sdk_container_image=local"]}
    write_params(project, params)
    command = (sys.executable, __file__, "--run", "--recipe", recipe)
    with measured() as cost, ExitStack() as stack:
        for server in engine.servers:
            words = [word.format(**ports) for word in server]
            stack.enter_context(_served(words, folder))
        for port in ports.values() if engine.servers else ():
            _wait_for(port)
        subprocess.run(command, check=True, env=_environment(project), cwd=project)
    record = read_json(project / STATE / "beam.json")
    seconds = [f"{record[step]:.1f}" for step in STEPS]
    print(f"{recipe}: {record['items']:,} items", file=sys.stderr)
    row = [engine.name, f"{cost.cpu_seconds:.1f}", f"{cost.peak_memory_gb:.2f}"]
    return [*row, *seconds], _digest(project / STATE / "artifacts/Ingest/examples")


def run_data_steps(recipe: str) -> None:
    """Run the steps up to Transform in this process; write their seconds."""
    # Only in the process that runs them: the import takes seconds.
    from tfx.orchestration.metadata import sqlite_metadata_connection_config
    from tfx.orchestration.pipeline import Pipeline

    from components.core.json_files import write_json
    from components.core.project import project_root, state_dir
    from components.ingest.beam.outputs import count_items
    from pipelines.config import load_config
    from pipelines.context import recipe_context
    from pipelines.graph.data_steps import data_nodes
    from pipelines.graph.model_steps import transform_node
    from pipelines.local.runner import local_target, run_pipeline

    context = recipe_context(load_config(project_root()), recipe)
    target = local_target(state_dir(), context.data.dataset, recipe)
    data = data_nodes(context, target)
    graph = Pipeline(
        pipeline_name=target.pipeline_name,
        pipeline_root=target.pipeline_root,
        components=[*data.all, transform_node(context, data)],
        metadata_connection_config=sqlite_metadata_connection_config(
            str(target.metadata_path)
        ),
        beam_pipeline_args=list(context.config.beam.pipeline_args),
    )
    record = run_pipeline(graph, recipe, target, lambda line: None)
    if record.error:
        raise record.error
    seconds = {step.node: step.seconds for step in record.steps}
    (ingest,) = (step for step in record.steps if step.node == STEPS[0])
    items = count_items(Path(ingest.outputs["items"]))["num_items"]
    write_json(state_dir() / "beam.json", {**seconds, "items": items})


@contextmanager
def _served(command: Sequence[str], folder: Path) -> Iterator[None]:
    with (folder / "servers.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            env=_environment(folder / "project"),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def _environment(project: Path) -> dict[str, str]:
    # The pool starts its workers as `python`, found on the PATH.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"PRODL_ROOT": str(project), "PRODL_HOME": str(project / STATE)}
    return os.environ | own | {"PATH": path, "PYTHONPATH": str(ROOT)}


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with socket.socket() as connection:
        while connection.connect_ex(("localhost", port)) != 0:
            if time.monotonic() > deadline:
                raise SystemExit(f"no server of Beam answers on port {port}")
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return int(listener.getsockname()[1])


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
