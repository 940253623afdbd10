# SPDX-License-Identifier: Apache-2.0
"""What readers of photographs share: an archive as items, one portion at a time.

Such a reader only says where a member belongs, by its name:

    list_chunks = albums.list_chunks
    def read_chunk(raw_dir, chunk): return albums.read_chunk(raw_dir, chunk, place)
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
from components.ingest.formats.jpeg import Photograph, examine
from components.ingest.item import Chunk, Item

# Whichever is reached first ends a chunk: memory holds one chunk per worker.
CHUNK_ITEMS: Final = 400
CHUNK_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class Place:
    """Where a photograph belongs, as its name says.

    Attributes:
        label: Class name, "" if the name tells none.
        official_split: What the publisher calls its split, "" if nothing.
        kin: What it belongs with: a patient. "" if nothing is known.
        fault: Why it must not be used, "" if nothing is against it.
    """

    label: str = ""
    official_split: str = ""
    kin: str = ""
    fault: str = ""


FindPlace = Callable[[str], Place]
Tables = Collection[str]


def check_archive(raw_dir: Path, place: FindPlace, layout: str) -> None:
    """Check that an archive can be read and holds photographs of known classes.

    Args:
        raw_dir: Folder of the raw files.
        place: Where a member belongs.
        layout: What the names must look like, for the message.

    Raises:
        DataRefused: It cannot be read, or no member has a class.
    """
    archive = find_archive(raw_dir)
    members = list_members(archive)
    if not any(place(member.name).label for member in members):
        first = ", ".join(member.name for member in members[:3]) or "nothing at all"
        raise DataRefused(
            f"{archive}: none of {len(members):,} files has a class in its path.\n"
            f"Expected names such as {layout}.\nReceived {first}."
        )


def list_chunks(raw_dir: Path, tables: Tables = ()) -> list[Chunk]:
    """Cut an archive into portions of `CHUNK_ITEMS` items or `CHUNK_BYTES` bytes.

    Args:
        raw_dir: Folder of the raw files.
        tables: Names of members that are no items. Defaults to none.
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
    raw_dir: Path, chunk: Chunk, place: FindPlace, tables: Tables = ()
) -> list[Item]:
    """Read one portion; a faulty item is marked, never an error.

    Args:
        raw_dir: Folder of the raw files.
        chunk: The portion.
        place: Where a member belongs.
        tables: Names of members that are no items. Defaults to none.
    """
    archive = find_archive(raw_dir)
    members = _items(archive, tables)[chunk.start : chunk.start + chunk.count]
    return list(_read_items(archive, members, place))


def read_photograph(archive: Path, member: Member) -> Photograph:
    """Read and examine one photograph; what cannot be read is marked, never an error.

    Args:
        archive: The archive.
        member: One of its files.
    """
    if member.fault:
        return Photograph(fault=member.fault)
    try:
        content = read_member(archive, member)
    except DamagedMember as error:
        return Photograph(fault=f"damaged in the archive: {error}")
    extension = member.name.rpartition("/")[2].rpartition(".")[2]
    return examine(content, extension)


def _items(archive: Path, tables: Tables) -> Sequence[Member]:
    members = list_members(archive)
    return [m for m in members if m.name not in tables] if tables else members


def _read_items(
    archive: Path, members: Sequence[Member], place: FindPlace
) -> Iterator[Item]:
    for member in members:
        where = place(member.name)
        photograph = read_photograph(archive, member)
        fault = member.fault or where.fault or photograph.fault
        if not fault and not where.label:
            fault = "no class in its path"
        yield Item(
            item_id=member.name,
            label=where.label,
            official_split=where.official_split,
            image=b"" if fault else photograph.image,
            width=photograph.width,
            height=photograph.height,
            channels=photograph.channels,
            mean=photograph.mean,
            std=photograph.std,
            content_sha256="" if fault else photograph.content_sha256,
            thumbnail=photograph.thumbnail,
            fault=fault,
            look="" if fault else photograph.look,
            kin=where.kin,
            conversion=photograph.conversion,
        )
