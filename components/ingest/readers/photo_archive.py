# SPDX-License-Identifier: Apache-2.0
"""Reading of an archive of photographs as items; shared by readers of such archives.

A reader adds only a function that reads the labels from the path of a member:

    list_chunks = photo_archive.list_chunks

    def read_chunk(raw_dir, chunk):
        return photo_archive.read_chunk(raw_dir, chunk, parse_member_path)
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.errors import DataRefused
from components.ingest.formats.archives import (
    DamagedMember,
    Member,
    find_archive,
    list_members,
    read_member,
)
from components.ingest.formats.jpeg import Photograph, inspect_jpeg
from components.ingest.item import Chunk, ImageItem

# A chunk ends at the first limit it reaches: memory holds one chunk per worker.
CHUNK_ITEMS: Final = 400
CHUNK_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class MemberLabels:
    """Labels of a photograph that follow from its path in the archive."""

    label: str = ""
    """Class name, "" if the path has none."""

    official_split: str = ""
    """The publisher's split, "" if there is none."""

    group_key: str = ""
    """Key that related photographs share, for instance a patient; "" if none."""

    fault: str = ""
    """Why it is left out, "" if it is not."""


ParsePath = Callable[[str], MemberLabels]
# From the bytes of a file and its name.
Inspect = Callable[[bytes, str], Photograph]


def inspect_as_jpeg(content: bytes, name: str) -> Photograph:
    """Check and measure a file of an archive that holds JPEGs alone.

    Args:
        content: The bytes of the file.
        name: Its name.
    """
    return inspect_jpeg(content, name.rpartition(".")[2])


Tables = Collection[str]


def check_archive(raw_dir: Path, parse_path: ParsePath, layout: str) -> None:
    """Check that an archive can be read and holds photographs of known classes.

    Args:
        raw_dir: Folder of the raw files.
        parse_path: Reads the labels from the path of a member.
        layout: An example of valid paths, for the message.

    Raises:
        DataRefused: It cannot be read, or no member has a class.
    """
    archive = find_archive(raw_dir)
    members = list_members(archive)
    if not any(parse_path(member.name).label for member in members):
        first = ", ".join(member.name for member in members[:3]) or "nothing at all"
        raise DataRefused(
            f"{archive}: none of {len(members):,} files has a class in its path.\n"
            f"Expected names such as {layout}.\nReceived {first}."
        )


def list_chunks(raw_dir: Path, tables: Tables = ()) -> list[Chunk]:
    """Cut an archive into chunks of `CHUNK_ITEMS` items or `CHUNK_BYTES` bytes.

    Args:
        raw_dir: Folder of the raw files.
        tables: Names of members that are not items. Defaults to none.
    """
    chunks: list[Chunk] = []
    start = num_bytes = 0
    members = _items(find_archive(raw_dir), tables)
    for number, member in enumerate(members):
        size = 0 if member.fault else member.size
        is_full = num_bytes + size > CHUNK_BYTES or number - start == CHUNK_ITEMS
        if is_full and number > start:
            chunks.append(Chunk(len(chunks), "archive", start, number - start))
            start, num_bytes = number, 0
        num_bytes += size
    if len(members) > start:
        chunks.append(Chunk(len(chunks), "archive", start, len(members) - start))
    return chunks


def read_chunk(
    raw_dir: Path,
    chunk: Chunk,
    parse_path: ParsePath,
    tables: Tables = (),
    inspect: Inspect = inspect_as_jpeg,
) -> list[ImageItem]:
    """Read one chunk; a faulty item is marked, never an error.

    Args:
        raw_dir: Folder of the raw files.
        chunk: The chunk.
        parse_path: Reads the labels from the path of a member.
        tables: Names of members that are not items. Defaults to none.
        inspect: Checks and measures a file. Defaults to taking JPEGs alone.
    """
    archive = find_archive(raw_dir)
    members = _items(archive, tables)[chunk.start : chunk.start + chunk.count]
    return list(_read_items(archive, members, parse_path, inspect))


def read_photograph(
    archive: Path, member: Member, inspect: Inspect = inspect_as_jpeg
) -> Photograph:
    """Read and inspect one photograph; a damaged one is marked, never an error.

    Args:
        archive: The archive.
        member: One of its files.
        inspect: Checks and measures a file. Defaults to taking JPEGs alone.
    """
    if member.fault:
        return Photograph(fault=member.fault)
    try:
        content = read_member(archive, member)
    except DamagedMember as error:
        return Photograph(fault=f"damaged in the archive: {error}")
    return inspect(content, member.name.rpartition("/")[2])


def _items(archive: Path, tables: Tables) -> Sequence[Member]:
    members = list_members(archive)
    return [m for m in members if m.name not in tables] if tables else members


def _read_items(
    archive: Path, members: Sequence[Member], parse_path: ParsePath, inspect: Inspect
) -> Iterator[ImageItem]:
    for member in members:
        labels = parse_path(member.name)
        photograph = read_photograph(archive, member, inspect)
        fault = member.fault or labels.fault or photograph.fault
        if not fault and not labels.label:
            fault = "no class in its path"
        yield ImageItem(
            item_id=member.name,
            label=labels.label,
            official_split=labels.official_split,
            image=b"" if fault else photograph.image,
            width=photograph.width,
            height=photograph.height,
            channels=photograph.channels,
            mean=photograph.mean,
            std=photograph.std,
            content_sha256="" if fault else photograph.content_sha256,
            thumbnail=photograph.thumbnail,
            fault=fault,
            perceptual_hash="" if fault else photograph.perceptual_hash,
            group_key=labels.group_key,
            conversion=photograph.conversion,
        )
