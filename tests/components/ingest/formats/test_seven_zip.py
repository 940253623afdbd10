# SPDX-License-Identifier: Apache-2.0
"""7z is unpacked by another process; whatever becomes of that one is an error here."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import py7zr
import pytest

from components.core.errors import DataRefused
from components.ingest.formats import seven_zip, unpack_7z
from components.ingest.formats.seven_zip import NeedsPassword, SevenZipMember
from tests.support.checksums import mend_7z

FILES = {"a/1.jpg": b"first" * 100, "a/2.jpg": b"", "b/3.jpg": os.urandom(3000)}


def _write(path: Path, filters: Any = None, **options: Any) -> Path:
    with py7zr.SevenZipFile(path, "w", filters=filters, **options) as archive:
        for name, content in FILES.items():
            archive.writestr(content, name)
    return path


def _unpack(archive: Path) -> dict[str, bytes]:
    def choose(members: list[SevenZipMember]) -> dict[int, str]:
        return {n: member.name for n, member in enumerate(members)}

    return dict(seven_zip.unpack_7z(archive, archive.name, choose))


@pytest.mark.parametrize(
    "method",
    [
        None,
        py7zr.FILTER_LZMA,
        py7zr.FILTER_LZMA2,
        py7zr.FILTER_COPY,
        py7zr.FILTER_DEFLATE,
    ],
)
def test_archive_by_a_usual_method_is_unpacked(tmp_path: Path, method: Any) -> None:
    filters = None if method is None else [{"id": method}]
    assert _unpack(_write(tmp_path / "x.7z", filters)) == FILES


@pytest.mark.parametrize(
    "filters",
    [
        [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
        [{"id": py7zr.FILTER_BZIP2}],
        [{"id": py7zr.FILTER_ZSTD}],
        [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA}],
    ],
)
def test_method_whose_decoder_is_not_trusted_is_refused(
    tmp_path: Path, filters: list[dict[str, int]]
) -> None:
    with pytest.raises(
        DataRefused, match=r"x.7z is damaged: it is packed with methods"
    ):
        _unpack(_write(tmp_path / "x.7z", filters))


def test_header_by_such_a_method_is_refused_before_it_is_decoded(
    tmp_path: Path,
) -> None:
    archive = _write(tmp_path / "x.7z")
    content = archive.read_bytes()
    start = content.rindex(b"\x21", 0, len(content))
    # The method of the header, LZMA2, becomes one of no decoder; and its checksum.
    assert content[start - 1] == 0x21
    content = content[: start - 1] + b"\x21\x30" + content[start + 1 :]
    archive.write_bytes(mend_7z(content))
    with pytest.raises(DataRefused, match="it is packed with methods"):
        _unpack(archive)


def test_encrypted_archive_needs_a_password(tmp_path: Path) -> None:
    for encrypted in (False, True):
        archive = _write(
            tmp_path / "x.7z", password="secret", header_encryption=encrypted
        )
        with pytest.raises(NeedsPassword):
            _unpack(archive)


@pytest.mark.parametrize("length", [0, 10, 32, 400, -1])
def test_archive_that_ends_early_is_refused(tmp_path: Path, length: int) -> None:
    archive = _write(tmp_path / "x.7z")
    archive.write_bytes(archive.read_bytes()[:length])
    with pytest.raises(DataRefused, match=r"x.7z is damaged"):
        _unpack(archive)


def test_archive_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    with py7zr.SevenZipFile(tmp_path / "x.7z", "w") as archive:
        archive.writestr(bytes(20 << 20), "a/1.jpg")
    with pytest.raises(DataRefused, match="packed too tightly: 20,971,520 bytes"):
        _unpack(tmp_path / "x.7z")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "took more than 30 s"),
        ("sys.exit(3)", "exit code 3"),
        ("print('no JSON', flush=True)", "no answer"),
        ("print('{}', flush=True)", "no answer"),
    ],
)
def test_child_that_dies_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    (tmp_path / "dying.py").write_text(f"import os, signal, sys\n{code}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(seven_zip, "_CHILD", "dying")
    with pytest.raises(DataRefused, match=reason) as refusal:
        _unpack(_write(tmp_path / "x.7z"))
    assert "give the folder" in str(refusal.value)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "[1]",
            "5",
            "[" * 100_000,
            '{"done": 1, "fault"',
            '{"position": 7, "size": 1}',
        ),
        *('{"position": 0, "size": -1}', '{"position": 0, "size": 99}'),
        *(
            '{"position": [0], "size": 1}',
            '{"position": 0}',
            '{"position": 0, "size": "1"}',
        ),
    ],
)
def test_answer_that_fits_no_question_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A decoder whose memory was overwritten may say anything."""
    says = [
        'print(\'{"members": [["a.jpg", 2]]}\', flush=True)',
        "sys.stdin.readline()",
    ]
    says = ["import sys", *says, f"print({answer!r}, flush=True)"]
    (tmp_path / "odd.py").write_text("\n".join(says))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(seven_zip, "_CHILD", "odd")
    with pytest.raises(DataRefused, match="no answer that fits"):
        _unpack(_write(tmp_path / "x.7z"))


@pytest.mark.parametrize("members", ['[["a"]]', "7", '[["a", "x"]]', '[["a", -1]]'])
def test_list_of_files_that_is_none_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: str
) -> None:
    (tmp_path / "odd.py").write_text(f"print('{{\"members\": {members}}}', flush=True)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(seven_zip, "_CHILD", "odd")
    with pytest.raises(DataRefused, match="no answer that fits|negative size"):
        _unpack(_write(tmp_path / "x.7z"))


def test_child_has_a_limit_of_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seven_zip, "_MAX_MEMORY", 100 << 20)
    filters = [{"id": py7zr.FILTER_LZMA2, "dict_size": 256 << 20, "preset": 0}]
    with pytest.raises(DataRefused, match="takes more than 104,857,600 bytes"):
        _unpack(_write(tmp_path / "x.7z", filters))


def test_child_imports_nothing_heavy() -> None:
    assert unpack_7z.__name__ in sys.modules
    source = Path(unpack_7z.__file__).read_text()
    assert "from components" not in source
    assert signal.SIGXCPU
