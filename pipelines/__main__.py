# SPDX-License-Identifier: Apache-2.0
"""The command line `prodl`: one verb per file of `pipelines/commands`.

Exit codes: 0 done; 2 usage or params; 3 data not obtainable; 4 data refused; 5 model
refused; 6 busy; 1 anything else.
"""

import errno
import gc
import os
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import click

from components.core.errors import ProdlError

COMMANDS_FOLDER: Final = Path(__file__).parent / "commands"
# Name of the click command in the module of a verb.
COMMAND: Final = "command"
DOCSTRING: Final = re.compile(
    rf'^def {COMMAND}\(.*?"""(.+?)"""', re.DOTALL | re.MULTILINE
)


class VerbModules(Mapping[str, click.Command]):
    """The verbs by name; a verb's module is imported when its command is looked up."""

    def __iter__(self) -> Iterator[str]:
        files = sorted(COMMANDS_FOLDER.glob("*.py"))
        return (file.stem for file in files if not file.stem.startswith("_"))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in list(iter(self))

    def __getitem__(self, name: str) -> click.Command:
        if name not in self:
            raise KeyError(name)
        module = import_module(f"pipelines.commands.{name}")
        command: click.Command = getattr(module, COMMAND)
        return command


class VerbGroup(click.Group):
    """A group that lists its verbs unimported and ends errors with their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; print an error without its traceback, end with its exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            if _is_closed_pipe(error):
                raise
            failure = _as_prodl_error(error, ctx)
            click.echo(f"prodl: {failure}", err=True)
            ctx.exit(failure.exit_code)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write each verb with the first sentence of its docstring."""
        names = self.list_commands(ctx)
        # As click does: room for two columns with their margins.
        limit = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _short_help(name, limit)) for name in names])


def _is_closed_pipe(error: Exception) -> bool:
    """Whether the reader of the output went away, which click ends quietly."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _as_prodl_error(error: Exception, ctx: click.Context) -> ProdlError:
    if isinstance(error, ProdlError):
        return error
    # Here, because the help of `prodl` loads none of it.
    from pipelines.extras import missing_extra

    if missing := missing_extra(error):
        return missing
    from pipelines.console import VERBOSE
    from pipelines.failures import unexpected_error

    return unexpected_error(error, is_verbose=ctx.meta.get(VERBOSE, False))


def _short_help(verb: str, limit: int) -> str:
    """First sentence of a verb's help, read without importing or parsing its module."""
    source = (COMMANDS_FOLDER / f"{verb}.py").read_text(encoding="utf-8")
    found = DOCSTRING.search(source)
    help_text = found[1] if found else ""
    return click.Command(verb, help=help_text).get_short_help_str(limit)


@click.group(
    cls=VerbGroup,
    commands=cast(dict[str, click.Command], VerbModules()),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="prodl")
def main() -> None:
    """Textbook deep-learning systems as production pipelines.

    Exit codes: 0 done, 2 usage or params, 3 data not obtainable, 4 data refused,
    5 model refused, 6 busy, 1 anything else.
    """
    # TensorFlow reads it when it is imported: a tenth of the time of a training step
    # on processors where it is off by default.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def start() -> None:
    """The console script: a process of its own, and what it starts."""
    # Python's -P, for programs that a step starts, such as Beam's workers: a folder
    # `pipelines` in the current one is the user's, not ours.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    # TensorFlow and TFX are a million objects, which each full collection looks
    # through: a second or two of every command that imports them.
    gc.set_threshold(100_000, 20, 100)
    main()


if __name__ == "__main__":
    start()
