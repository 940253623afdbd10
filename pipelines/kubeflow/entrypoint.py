# SPDX-License-Identifier: Apache-2.0
"""The command of every container of this project.

`tfx_kfp.entrypoint` makes TFX's executor run on Kubeflow Pipelines. Here it is made
that of this project:

1. A specification may be older than the code of the image, ours or the user's: other
   code is refused.
2. TensorFlow's oneDNN must be on or off as in `prodl run`, or the metrics differ.
3. Steps that open the store of published models themselves learn its server from their
   inputs, unless the specification names it.
4. A step ends with the exit code that `prodl` has for the same failure.
5. KFP's own page draws outputs that no TFX component has: they are hidden from the
   executor, and written after it (`visualizations/`).
"""

import os
import sys

from components.core.errors import ProdlError, UsageError
from pipelines.fingerprint import CODE_VARIABLE, code_identity, named_in
from pipelines.kubeflow.store_server import store_answers
from pipelines.kubeflow.store_session import take_store_session
from pipelines.kubeflow.visualizations.step import hide_visualizations
from tfx_kfp.entrypoint import read_step, run_step
from tfx_kfp.errors import UnsupportedError


def main(arguments: list[str]) -> int:
    """Run one step; return the exit code that `prodl` has for the same failure."""
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    try:
        _refuse_other_code()
        step = read_step(arguments)
        take_store_session(step.invocation)
        visualizations = hide_visualizations(step.invocation, step.inputs_spec)
        _prepare_beam()
        with store_answers():
            run_step(step)
        visualizations.write()
    except (ProdlError, UnsupportedError) as error:
        print(f"prodl: {error}", file=sys.stderr, flush=True)
        return error.exit_code if isinstance(error, ProdlError) else 2
    return 0


def _prepare_beam() -> None:
    # After what may be refused at once: this imports Beam.
    from pipelines.beam_batches import batch_by_bytes

    batch_by_bytes()


def _refuse_other_code() -> None:
    """The platform document of the specification has the identity of the code."""
    expected = os.environ.get(CODE_VARIABLE, "")
    received = code_identity(*named_in(expected))
    if expected != received:
        raise UsageError(
            "this specification was compiled from other code than this image holds.\n"
            f"Expected {expected or 'a fingerprint (is the platform document there?)'}."
            f"\nReceived {received}.\nBuild the image, compile and submit again."
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
