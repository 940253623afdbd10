# SPDX-License-Identifier: Apache-2.0
"""The synthetic archive of cervix pictures, in the layout of the competition.

A quarter is `train`, a half `additional` with several pictures per patient, a quarter
`test` with its solution table. Copies of train and test pictures are planted among the
additional ones.
"""

from typing import Final

from components.ingest.synthetic.archive import SyntheticArchive
from components.ingest.synthetic.cervix_pictures import (
    TYPES,
    draw,
    draw_patient,
    kinds_in_order,
)
from components.ingest.synthetic.corrupt_files import (
    KINDS,
    Pixels,
    corrupt_file,
    smaller_copy,
)
from components.ingest.synthetic.random_stream import RandomStream

VERSION: Final = 1
COPY_EVERY: Final = 50
CORRUPT_EVERY: Final = 60

_Pictures = list[tuple[str, str, Pixels]]
"""File name, type and pixels of pictures."""


def add_pictures(archive: SyntheticArchive, num_items: int) -> None:
    """Add the pictures of all patients, the solution table and planted files."""
    quarter = num_items // 4
    train = _add_patients(archive, "train", 0, [1] * quarter)
    sizes = [1 + number % 4 for number in range(2 * quarter * 2 // 5)]
    _add_patients(archive, "additional", quarter, sizes)
    test = _add_patients(archive, "test", quarter + len(sizes), [1] * quarter)
    _plant_copies(archive, train, test)
    rows = [
        ",".join([name, *("1" if t == kind else "0" for t in TYPES)])
        for name, kind, _ in test
    ]
    table = "\n".join([",".join(["image_name", *TYPES]), *sorted(rows)])
    archive.packer.add("solution_stg1_release.csv", f"{table}\n".encode())


def _add_patients(
    archive: SyntheticArchive, folder: str, first: int, sizes: list[int]
) -> _Pictures:
    """Add patients numbered from `first`, with `sizes` pictures each."""
    pictures = []
    kinds = kinds_in_order(archive.seed + first, len(sizes))
    for number, (size, kind) in enumerate(zip(sizes, kinds, strict=True), first):
        patient = draw_patient(archive.seed, number, kind)
        name = TYPES[kind]
        for index in range(size):
            pixels = draw(archive.seed, patient, index)
            file = f"p{number:05d}_{index}.jpg"
            path = f"{folder}/{file}" if folder == "test" else f"{folder}/{name}/{file}"
            archive.add(path, pixels, _quality(archive.seed, folder, number, index))
            pictures.append((file, name, pixels))
            if folder == "additional" and number % CORRUPT_EVERY == 11 and not index:
                _add_corrupt(
                    archive, f"{folder}/{name}/broken_{number}", number, pixels
                )
    return pictures


def _quality(seed: int, folder: str, number: int, index: int) -> int:
    stream = RandomStream(seed, 30_000_000 + 16 * number + index)
    # The additional pictures are of lower quality, as the real ones are.
    if folder == "additional":
        return 45 + stream.integer(30)
    return 75 + stream.integer(18)


def _plant_copies(archive: SyntheticArchive, train: _Pictures, test: _Pictures) -> None:
    """Add copies: of train pictures with another type, and of test pictures."""
    for number, (_, kind, pixels) in enumerate(train[::COPY_EVERY]):
        others = [other for other in TYPES if other != kind]
        name = f"additional/{others[number % 2]}/copy_{number}.jpg"
        archive.packer.add(name, smaller_copy(pixels))
    for number, (_, kind, pixels) in enumerate(test[:: 2 * COPY_EVERY]):
        name = f"additional/{kind}/again_{number}.jpg"
        archive.packer.add(name, smaller_copy(pixels))


def _add_corrupt(
    archive: SyntheticArchive, name: str, number: int, pixels: Pixels
) -> None:
    kind, extension = KINDS[number // CORRUPT_EVERY % len(KINDS)]
    archive.packer.add(f"{name}-{kind}.{extension}", corrupt_file(kind, pixels))
