# SPDX-License-Identifier: Apache-2.0
"""What a program of KFP said before it failed, in a sentence with a remedy."""

import re
import signal
from pathlib import Path
from typing import Final

from components.core.shortening import printable, shorten

LAST_LINES: Final = 12
# A shell's exit code for a command that a signal ended, without the signal's number.
SIGNALLED: Final = 128
# What stands in a log -> what it means, and what to do.
KNOWN: Final = (
    (
        r"status code: 403|StatusCode: 403|InvalidAccessKeyId|AccessDenied",
        "the object store answered 403. Its keys must be those of the secret "
        "mlpipeline-minio-artifact, or of prodl-storage for what a step itself reads.",
    ),
    (
        r"mlmd_server|MetadataStoreService.*Unavailable|code = Unavailable",
        "a service does not answer. The harness starts them: run it again.",
    ),
    (
        r"unknown field \"",
        "the specification has a field that this release does not know. Compile it "
        "with the project of this checkout, or take programs of a newer release.",
    ),
)


def reason_of(name: str, program: str, code: int, log: Path) -> str:
    """Why a Pod failed.

    Args:
        name: Name of the step.
        program: `driver` or `launcher`.
        code: Exit code; above 128 for a signal.
        log: What the Pod printed.
    """
    if code > SIGNALLED:
        by = signal.Signals(code - SIGNALLED).name
        return (
            f"{name}: the {program} was killed by {by}; its step ended with it. Look "
            "for the memory of the machine (dmesg), then run again. What it printed "
            f"is in {log}."
        )
    text = log.read_text(errors="replace")
    for pattern, sentence in KNOWN:
        if re.search(pattern, text):
            return f"{name}: {sentence}\nWhat the {program} printed is in {log}."
    last = "\n".join(printable(line) for line in text.splitlines()[-LAST_LINES:])
    return (
        f"{name}: the {program} ended with code {code}. {log}:\n{shorten(last, 3000)}"
    )
