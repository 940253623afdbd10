# SPDX-License-Identifier: Apache-2.0
"""`python -m pipelines.compile FILE`: what a user of tfx_kfp writes."""

import sys
from pathlib import Path

from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.pipeline import Pipeline

from pipelines.nodes import Longest, Shout, Split
from tfx_kfp.compiler import compile_pipeline

TEXT = RuntimeParameter("text", ptype=str, default="a bee saw elephants")


def main() -> None:
    """Compile the pipeline."""
    split = Split(text=TEXT)
    longest = Longest(words=split.outputs["words"], at_least=2)
    shout = Shout(word=longest.outputs["word"].future()[0].value)
    pipeline = Pipeline(
        pipeline_name="toy",
        pipeline_root="minio://mlpipeline/v2/artifacts",
        components=[split, longest, shout],
        enable_cache=True,
    )
    compile_pipeline(pipeline, Path(sys.argv[1]), image="toy:1", never_cached={"Split"})


if __name__ == "__main__":
    main()
