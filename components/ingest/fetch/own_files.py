# SPDX-License-Identifier: Apache-2.0
"""A user's own files, taken by modality: what a reader of any data set expects.

| modality | raw files |
| --- | --- |
| photograph | one archive of the pictures, with the tables that name their labels |
| image | the IDX files, uncompressed |
| text | the text, or one archive of several |
| table | the tables, uncompressed |
| ratings | the tables as CSV or TSV, uncompressed, or the files of MovieLens-100k |

Whatever else was offered is left out, and listed with the reason.
"""

import gzip
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from components.contracts.modality import ModalityName
from components.core.errors import DataRefused, ProdlError
from components.core.shortening import enumerate_names, printable, shorten
from components.ingest.fetch.offered import Offered, Size, list_offered, require_room
from components.ingest.formats.bounded_zip import MAX_RATIO, RATIO_COUNTS_FROM
from components.ingest.formats.damage import is_damage
from components.ingest.formats.idx import is_idx
from components.ingest.formats.movielens import NAMES as MOVIELENS_NAMES
from components.ingest.formats.movielens import RATINGS as MOVIELENS_RATINGS
from components.ingest.formats.packing import PACKED, Packer
from components.ingest.formats.pictures import is_picture
from components.ingest.formats.tables import SUFFIXES as TABLE_SUFFIXES
from components.ingest.readers.label_tables import (
    MAX_TABLE_BYTES,
    Files,
    LabelTable,
    is_table,
    read_table,
)
from components.ingest.readers.texts import TEXT_SUFFIXES

PACKED_TEXTS: Final = "texts.zip"
_GZIP: Final = b"\x1f\x8b"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_BLOCK: Final = 1 << 20


@dataclass
class NewFiles:
    """Files that were made of what a user offers."""

    paths: list[Path] = field(default_factory=list)
    """The files, in one folder."""

    reasons: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Reason -> names of offered files that were left out for it."""

    notes: list[str] = field(default_factory=list)
    """What else a user should know."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """One line for each reason, then the notes."""
        lines = [
            f"{len(names):,} x {reason}: {enumerate_names(names)}"
            for reason, names in self.reasons.items()
        ]
        return (*lines, *self.notes)


def take_own_files(modality: ModalityName, given: Path, folder: Path) -> NewFiles:
    """Make the raw files of a data set of what a user offers.

    Args:
        modality: What an item of the data set is.
        given: A folder, an archive or a file.
        folder: An empty folder for the raw files.

    Raises:
        DataRefused: Nothing that was offered is of that modality, or it is damaged.
        DataNotObtainable: The disk has no room for it.
    """
    scratch = folder.with_name(f"{folder.name}-unpacked")
    scratch.mkdir(parents=True, exist_ok=True)
    new = NewFiles()
    try:
        offered = []
        for file in list_offered(given, scratch):
            if file.fault:
                new.reasons[file.fault].append(printable(file.name))
            else:
                offered.append(file)
        # Of an archive this is more than its own size.
        num_bytes = sum(file.size for file in offered)
        require_room(Size(len(offered), num_bytes), folder)
        take, wanted = _TAKERS[modality]
        take(offered, folder, new)
    finally:
        shutil.rmtree(scratch)
    if not new.paths:
        received = "; ".join(new.left_out) or "no file at all"
        raise DataRefused(
            f"{given}: expected {wanted}.\nReceived none: {shorten(received, 1000)}"
        )
    return new


def _take_pictures(offered: Sequence[Offered], folder: Path, new: NewFiles) -> None:
    pictures: list[Offered] = []
    others: list[Offered] = []
    for file in offered:
        is_one = is_picture(file.name, b"") or is_picture(file.name, file.start())
        (pictures if is_one else others).append(file)
    tables = _find_tables(pictures, others, new)
    if not pictures:
        return
    names = {table.name for table in tables}
    kept = {file.name: file for file in (*pictures, *others)}
    with Packer(folder / PACKED) as packer:
        for name in sorted({*(file.name for file in pictures), *names}):
            with kept[name].open() as stream:
                packer.copy(name, stream, kept[name].size)
    new.paths.append(folder / PACKED)


def _find_tables(
    pictures: Sequence[Offered], others: Sequence[Offered], new: NewFiles
) -> list[LabelTable]:
    """Find the tables of labels; what is none is left out."""
    files = Files([file.name for file in pictures])
    tables = []
    for file in others:
        table = None
        if is_table(file.name) and file.size <= MAX_TABLE_BYTES:
            table = read_table(file.name, _read(file), files)
        if table is None:
            reason = "names no picture" if is_table(file.name) else "not a picture"
            new.reasons[reason].append(file.name)
            continue
        tables.append(table)
        if missing := [
            row[table.file_column]
            for row, member in zip(table.rows, table.members, strict=True)
            if not member
        ]:
            new.reasons[f"named in {file.name}, but not there"] = missing
    return tables


def _take_idx(offered: Sequence[Offered], folder: Path, new: NewFiles) -> None:
    for file in offered:
        with _uncompressed(file) as stream:
            start = stream.read(4)
        if is_idx(start):
            _copy(file, folder, new, suffix="")
        else:
            new.reasons["no IDX file of bytes"].append(file.name)


def _take_tables(offered: Sequence[Offered], folder: Path, new: NewFiles) -> None:
    alone = len(offered) == 1
    for file in offered:
        suffix = Path(_without_gz(file.name)).suffix.lower()
        # A single file was meant, whatever it is called.
        if alone and suffix in ("", ".txt", ".data", ".dat"):
            suffix = ".csv"
        if suffix in TABLE_SUFFIXES:
            _copy(file, folder, new, suffix)
        else:
            kinds = ", ".join(TABLE_SUFFIXES)
            new.reasons[f"no table ({kinds})"].append(file.name)


def _take_ratings(offered: Sequence[Offered], folder: Path, new: NewFiles) -> None:
    known = [f for f in offered if Path(f.name).name in MOVIELENS_NAMES]
    if any(Path(file.name).name == MOVIELENS_RATINGS for file in known):
        for file in offered:
            if file in known:
                _copy(file, folder, new, suffix="")
            else:
                new.reasons["not needed of MovieLens-100k"].append(file.name)
        return
    tables = []
    for file in offered:
        if Path(_without_gz(file.name)).suffix.lower() == ".parquet":
            new.reasons["Parquet; export it as CSV"].append(file.name)
        else:
            tables.append(file)
    _take_tables(tables, folder, new)


def _take_texts(offered: Sequence[Offered], folder: Path, new: NewFiles) -> None:
    texts = []
    for file in offered:
        if is_text(file):
            texts.append(file)
        else:
            new.reasons["no text"].append(file.name)
    if len(texts) == 1:
        _copy(texts[0], folder, new, ".txt")
    elif texts:
        with Packer(folder / PACKED_TEXTS) as packer:
            for file in sorted(texts, key=lambda file: file.name):
                packer.add(file.name, _read(file))
        new.paths.append(folder / PACKED_TEXTS)


# Modality -> how its files are taken, and what is expected, in words.
_TAKERS: Final[
    Mapping[
        ModalityName, tuple[Callable[[Sequence[Offered], Path, NewFiles], None], str]
    ]
] = {
    "photograph": (_take_pictures, "pictures (JPEG, PNG, WebP, BMP, TIFF, GIF)"),
    "image": (_take_idx, "IDX files of images and labels"),
    "text": (_take_texts, "texts in UTF-8"),
    "table": (_take_tables, f"tables ({', '.join(TABLE_SUFFIXES)})"),
    "ratings": (_take_ratings, "tables of ratings (.csv, .tsv), or MovieLens-100k"),
}


def is_text(file: Offered) -> bool:
    """Whether a file is a text: by its suffix, or without one by its first bytes."""
    suffix = Path(file.name).suffix
    # Names such as LICENSE have none, and no program has those of LICENSE.BSD, or of
    # a version, `1.0`.
    is_bare = re.fullmatch(r"(\.[A-Z0-9]+)?", suffix)
    if not is_bare and suffix.lower() not in TEXT_SUFFIXES:
        return False
    start = file.start()
    return start.startswith(_UTF_16) or b"\0" not in start


def _copy(file: Offered, folder: Path, new: NewFiles, suffix: str) -> None:
    """Copy a file, uncompressed, under a name that a source list can hold."""
    taken = {path.name for path in new.paths}
    target = folder / _plain_name(file.name, suffix, taken)
    limit = max(file.size, RATIO_COUNTS_FROM) * MAX_RATIO
    with target.open("xb") as output, _uncompressed(file) as source:
        while block := source.read(_BLOCK):
            output.write(block)
            if output.tell() > limit:
                raise DataRefused(
                    f"{file.name} is packed too tightly: it unpacks to more than "
                    f"{limit:,} bytes.\nGive it uncompressed."
                )
    new.paths.append(target)


def _plain_name(name: str, suffix: str, taken: Iterable[str]) -> str:
    """A plain file name; with the folder if the name alone was given before."""
    path = Path(_without_gz(name))
    stem = path.name.removesuffix(path.suffix) if suffix else path.name
    stems = (stem, f"{stem}-{path.parent.name}", f"{stem}-{len(list(taken))}")
    plain = (re.sub(r"[^\w.-]+", "_", one) for one in stems)
    # A name begins with an ASCII letter or digit.
    fitting = (one if re.match("[A-Za-z0-9]", one) else f"file-{one}" for one in plain)
    return next(f"{one}{suffix}" for one in fitting if f"{one}{suffix}" not in taken)


def _without_gz(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


def _read(file: Offered) -> bytes:
    with file.open() as stream:
        return stream.read()


@contextmanager
def _uncompressed(file: Offered) -> Iterator[IO[bytes]]:
    """Open a file that may be compressed; damage becomes a DataRefused."""
    is_gzip = file.start().startswith(_GZIP)
    try:
        with file.open() as stream:
            yield cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if is_gzip else stream
    except ProdlError:
        raise
    except Exception as error:
        if not is_damage(error):
            raise
        raise DataRefused(
            f"{file.name} is damaged: {shorten(str(error))}.\nGive a whole file."
        ) from None
