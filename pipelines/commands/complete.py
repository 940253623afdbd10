# SPDX-License-Identifier: Apache-2.0
"""`prodl complete`: a sentence continued by a published language model."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from components.core.errors import UsageError
from pipelines.console import log_file, quiet, say, verbose_option
from pipelines.published_models import published_model_of

if TYPE_CHECKING:
    # Its module imports TensorFlow.
    from components.serving.complete import Sampling


@click.command()
@click.argument("sentence")
@click.option("--words", default=28, type=click.IntRange(0, 1000), show_default=True)
@click.option("--recipe", default="alice-lstm", show_default=True)
@click.option(
    "--temperature",
    default=0.0,
    type=click.FloatRange(min=0),
    show_default=True,
    help="0 takes the most probable word each time.",
)
@click.option("--top-k", default=0, type=click.IntRange(min=0), help="0 for all.")
@click.option("--top-p", default=1.0, type=click.FloatRange(0, 1), show_default=True)
@click.option("--beam", default=0, type=click.IntRange(0, 32), help="Beam search.")
@click.option("--seed", default=1, type=click.IntRange(0, 2**31 - 1), show_default=True)
@verbose_option
def command(
    sentence: str,
    words: int,
    recipe: str,
    temperature: float,
    top_k: int,
    top_p: float,
    beam: int,
    seed: int,
    verbose: bool,
) -> None:
    """Continue SENTENCE with the published language model of a recipe."""
    model = published_model_of(recipe)
    with quiet(log_file(f"complete-{recipe}"), verbose):
        # Imports TensorFlow, whose messages belong into the log file.
        from components.serving.complete import Sampling

        sampling = Sampling(temperature, top_k, top_p, seed)
        completed = complete_sentence(recipe, model, sentence, words, sampling, beam)
    say(completed)


def complete_sentence(
    recipe: str,
    model_folder: Path,
    sentence: str,
    num_words: int,
    sampling: "Sampling",
    num_beams: int = 0,
) -> str:
    """A sentence and its continuation by a published language model.

    Args:
        recipe: Name of the recipe, for messages.
        model_folder: The published model.
        sentence: The beginning; may be empty.
        num_words: Number of words to add.
        sampling: How each word is sampled.
        num_beams: Width of the beam search. Defaults to 0: words are sampled.

    Raises:
        UsageError: If the model is no language model.
    """
    # As above.
    from components.serving.complete import COMPLETE, complete, complete_by_beam
    from components.serving.saved_model import SavedModel

    model = SavedModel(model_folder)
    if COMPLETE not in model.signatures:
        raise UsageError(
            f"{recipe!r} is no language model: it has no signature {COMPLETE!r}.\n"
            f"It has: {', '.join(model.signatures)}."
        )
    if num_beams:
        return complete_by_beam(model, sentence, num_words, num_beams).sentence
    return complete(model, sentence, num_words, sampling).sentence
