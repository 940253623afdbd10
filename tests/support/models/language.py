# SPDX-License-Identifier: Apache-2.0
"""A small language with a dependency longer than a trigram, and models of it.

    the fox red or old then jumps .

Each noun has its verb, four random words later: a network that remembers the noun
predicts the verb, a trigram cannot.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from components.trainer.language.export import export_language_model
from components.trainer.language.input_pipeline import (
    TextData,
    Texts,
    read_texts,
    read_vocabulary,
)
from components.trainer.language.model import LanguageModel
from components.trainer.language.params import Params
from components.trainer.language.train import train
from components.trainer.loop.params import Optimizer
from components.transform.text import preprocessing_fn
from tests.support.datasets.examples import run_transform
from tests.support.models.classifiers import PROVENANCE

NOUNS = ("fox", "hen", "owl", "cat")
VERBS = ("jumps", "clucks", "hoots", "purrs")
FILLERS = ("red", "old", "or", "then", "so", "too")
SIZES = {"train": 500, "validation": 100, "test": 100}

DATASET = {
    "name": "alice",
    "classes": [],
    "image_shape": [],
    "modality": "text",
    "content_sha256": "c" * 64,
    "dvc_md5": "d" * 32 + ".dir",
    "variant": "official",
    "evaluation": {
        "prompt": "i only wish",
        "printed_continuation": "off together . alice was very glad",
        "remark": "The book's sample is no completion of its seed.",
    },
}
# Learns the rule in a few seconds.
PARAMS = Params(
    units=32,
    dropout=0.1,
    unknown_token_dropout=0.02,
    epochs=14,
    batch_size=8,
    num_steps=16,
    optimizer=Optimizer(learning_rate=0.02, schedule="one_cycle", clip_norm=1.0),
)


@dataclass(frozen=True)
class Book:
    """Examples of three splits, and their transform graph."""

    examples: Path
    """Folder of the Examples artifact."""

    graph: Path
    """Folder of the transform graph."""

    def files(self, split: str) -> list[str]:
        """The file patterns of a split, as TFX's Trainer receives them."""
        return [str(self.examples / f"Split-{split}" / "*")]

    def data(self) -> TextData:
        """Read training and validation split as the trainer does."""
        return TextData(
            read_texts(self.files("train"), str(self.graph)),
            read_texts(self.files("validation"), str(self.graph)),
            read_vocabulary(str(self.graph)),
        )


def make_book(folder: Path, sizes: Mapping[str, int] = SIZES) -> Book:
    """Write a book as Ingest does and run TFX's Transform over it.

    Args:
        folder: Where to write.
        sizes: Split -> number of sentences.
    """
    for chapter, (split, num_sentences) in enumerate(sizes.items(), start=1):
        sentences = make_sentences(num_sentences, seed=chapter)
        write_paragraphs(folder / "examples", split, chapter, sentences)
    graph = run_transform(
        folder / "examples",
        folder / "graph",
        ["train", "validation"],
        preprocessing_fn,
        "alice",
        {"tokens": "words"},
    )
    return Book(folder / "examples", graph)


def make_sentences(number: int, seed: int) -> list[str]:
    """Draw sentences in which each noun has its verb."""
    random = np.random.default_rng(seed)
    sentences = []
    for _ in range(number):
        subject = random.integers(len(NOUNS))
        fillers = " ".join(random.choice(FILLERS, 4))
        sentences.append(f"The {NOUNS[subject]} {fillers} {VERBS[subject]}.")
    return sentences


def write_paragraphs(
    examples: Path, split: str, chapter: int, paragraphs: Sequence[str]
) -> None:
    """Write a split, one example per paragraph, not in reading order."""
    folder = examples / f"Split-{split}"
    folder.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "data_tfrecord-00000-of-00001")) as writer:
        for number, text in reversed(list(enumerate(paragraphs, start=1))):
            texts = {
                "text": text,
                "item_id": f"{chapter:02d}/{number:04d}",
                "label": f"{chapter:02d}",
            }
            numbers = {"num_characters": len(text), "num_words": len(text.split())}
            example = tf.train.Example()
            for name, value in texts.items():
                example.features.feature[name].bytes_list.value.append(value.encode())
            for name, count in numbers.items():
                example.features.feature[name].int64_list.value.append(count)
            writer.write(example.SerializeToString())


def make_data(sizes: Mapping[str, int] = SIZES) -> TextData:
    """Make training and validation split with token ids as Transform assigns them."""
    vocabulary = ("the", ".", *FILLERS, *NOUNS, *VERBS)
    numbers = {word: number for number, word in enumerate(vocabulary, start=1)}
    splits = [
        Texts((np.array([numbers[word] for word in _tokens(sentences)], np.int32),))
        for sentences in (
            make_sentences(sizes["train"], seed=1),
            make_sentences(sizes["validation"], seed=2),
        )
    ]
    return TextData(*splits, vocabulary)


def _tokens(sentences: Sequence[str]) -> list[str]:
    return " ".join(sentences).lower().replace(".", " .").split()


def build_bigram(vocabulary_size: int) -> Any:
    """Build a network that sees one word and keeps its state; it is soon exported."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    state = keras.Input((1,), name="state_0")
    logits = keras.layers.Embedding(vocabulary_size, vocabulary_size)(tokens)
    return keras.Model([tokens, state], [logits, keras.layers.Identity()(state)])


def train_and_export(
    book: Book, folder: Path, validate_on_train: bool = False, **changes: Any
) -> Path:
    """Train a language model of a book; returns its folder.

    Args:
        book: The book.
        folder: Where to write.
        validate_on_train: Whether the best epoch is, by mistake, the one with the
            lowest perplexity on the training text. Defaults to False.
        changes: Parameters that differ from PARAMS.
    """
    chosen, data = replace(PARAMS, **changes), book.data()
    if validate_on_train:
        data = replace(data, validation=data.train)
    trained = train(chosen, data, folder / "checkpoints", seed=1)
    return export(trained.network, None, book, folder / "model", chosen)


def export(
    network: Any,
    context: int | None,
    book: Book,
    folder: Path,
    params: Any,
    provenance: Mapping[str, Any] = PROVENANCE,
) -> Path:
    """Export a network as a language model of a book; returns its folder."""
    graph = str(book.graph)
    export_language_model(
        LanguageModel(network, context), read_vocabulary(graph), graph, folder
    )
    record = {**provenance, "dataset": DATASET, "params": asdict(params)}
    (folder / "provenance.json").write_text(json.dumps(record))
    return folder
