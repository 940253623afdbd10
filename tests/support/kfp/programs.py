# SPDX-License-Identifier: Apache-2.0
"""KFP's programs: where they are, of which release, and whether they can run here."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.errors import UsageError

VARIABLE: Final = "PRODL_KFP_PROGRAMS"
VERSION_VARIABLE: Final = "PRODL_KFP_VERSION"
DRIVER, LAUNCHER, API_SERVER = "driver", "launcher", "apiserver"
NO_FOLDER: Final = f"{VARIABLE} names no folder with KFP's driver and launcher"
TIMEOUT_SECONDS: Final = 60
# What a Pod needs of the system: see pod.py.
NAMESPACES: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "true")
REMEDY: Final = (
    "docs/kubeflow.md, 'Against KFP's own programs', says how to take them out of "
    "KFP's images."
)

# The options of the driver's command line, without those of its logging library. The
# programs do not print a version; these differ between the releases.
OPTIONS_2_16: Final = frozenset(
    """
    ca_cert_path cache_disabled cached_decision_path component condition_path container
    dag_execution_id default_run_as_group default_run_as_non_root default_run_as_user
    execution_id_path http_proxy https_proxy iteration_count_path iteration_index
    kubernetes_config log_level metadata_tls_enabled ml_pipeline_server_address
    ml_pipeline_server_port ml_pipeline_tls_enabled mlmd_server_address mlmd_server_port
    no_proxy pipeline_name pod_spec_patch_path publish_logs run_display_name run_id
    run_name runtime_config task task_name type
    """.split()
)
OPTIONS_2_17: Final = OPTIONS_2_16 | {
    "default_host_users",
    "pipeline_job_create_time_utc",
    "pipeline_job_schedule_time_epoch_seconds",
}
OPTIONS: Final = {"2.16": OPTIONS_2_16, "2.17": OPTIONS_2_17}
LOGGING_OPTIONS: Final = frozenset(
    """
    alsologtostderr log_backtrace_at log_dir log_link logbuflevel logtostderr
    stderrthreshold v vmodule
    """.split()
)


@dataclass(frozen=True)
class Programs:
    """A folder with programs of one release of KFP."""

    folder: Path
    """Folder with `driver` and `launcher`, and perhaps `apiserver`."""

    version: str
    """Release, such as `2.16.1`; `2.16` where only the options of the driver say it."""

    @property
    def driver(self) -> Path:
        """The driver."""
        return self.folder / DRIVER

    @property
    def launcher(self) -> Path:
        """The launcher."""
        return self.folder / LAUNCHER

    @property
    def api_server(self) -> Path:
        """The API server; it need not exist."""
        return self.folder / API_SERVER

    @property
    def line(self) -> str:
        """Release without its patch number: `2.16`."""
        return ".".join(self.version.split(".")[:2])


def reason_to_skip() -> str:
    """Why KFP's programs cannot run here; empty if they can."""
    if not os.environ.get(VARIABLE):
        return NO_FOLDER
    try:
        subprocess.run(
            NAMESPACES, check=True, capture_output=True, timeout=TIMEOUT_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        return f"no mount namespaces, which need root: {said.decode().strip()}"
    return ""


def find_programs(folder: Path | None = None, version: str = "") -> Programs:
    """Find driver and launcher, and their release.

    Args:
        folder: The folder. Defaults to that of PRODL_KFP_PROGRAMS.
        version: The release. Defaults to PRODL_KFP_VERSION, then to the folder's name
            if that is one, then to what the driver's options say.

    Raises:
        UsageError: If no folder is named, a program is missing, or it is of a release
            that is not known here.
    """
    if folder is None and not os.environ.get(VARIABLE):
        raise UsageError(f"{NO_FOLDER}.\n{REMEDY}")
    folder = folder or Path(os.environ[VARIABLE])
    for name in (DRIVER, LAUNCHER):
        if not os.access(folder / name, os.X_OK) or not (folder / name).is_file():
            raise UsageError(
                f"{folder}: expected KFP's programs {DRIVER} and {LAUNCHER}; there is "
                f"no {name} that can be executed.\n{REMEDY}"
            )
    line = _line(folder / DRIVER)
    version = version or os.environ.get(VERSION_VARIABLE, "")
    if not version:
        is_release = re.fullmatch(r"\d+\.\d+\.\d+", folder.name)
        version = folder.name if is_release else line
    if version != line and not version.startswith(f"{line}."):
        raise UsageError(
            f"{folder}: the driver's options are those of KFP {line}.\nReceived "
            f"version {version}. Set {VERSION_VARIABLE} to the release that the "
            "programs are of."
        )
    return Programs(folder.resolve(), version)


def _line(driver: Path) -> str:
    """The release of a driver, without its patch number, by its options."""
    try:
        said = subprocess.run(
            [driver, "--help"], capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        ).stderr
    except OSError as error:
        raise UsageError(
            f"{driver} does not start on this machine: {error.strerror}.\n{REMEDY}"
        ) from None
    options = frozenset(re.findall(r"^  -(\w+)", said, re.MULTILINE)) - LOGGING_OPTIONS
    for line, known in OPTIONS.items():
        if options == known:
            return line
    nearest = min(OPTIONS.values(), key=lambda known: len(known ^ options))
    raise UsageError(
        f"{driver} is of a release of KFP that is not known here "
        f"({', '.join(OPTIONS)}); its options differ by "
        f"{', '.join(sorted(nearest ^ options)[:5]) or 'nothing'}.\n{REMEDY}"
    )
