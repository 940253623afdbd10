# SPDX-License-Identifier: Apache-2.0
"""Arguments of a Beam pipeline that runs inside the test's process."""

from typing import Final

BEAM_ARGS: Final = (
    "--runner=FnApiRunner",
    "--direct_running_mode=in_memory",
    "--direct_num_workers=1",
    "--sdk_container_image=local",
)
