# SPDX-License-Identifier: Apache-2.0
"""Checksums mended after a mutation, so that a reader looks behind them."""

import struct
import zlib

_BLOCK = 512
_7Z_START = struct.Struct("<QQI")


def mend_tar(content: bytes) -> bytes:
    """Give each block that looks like a header of a tar the checksum of its bytes."""
    mended = bytearray(content)
    for start in range(0, len(content) - _BLOCK + 1, _BLOCK):
        block = mended[start : start + _BLOCK]
        if b"ustar" in block[257:263]:
            block[148:156] = b" " * 8
            mended[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    return bytes(mended)


def mend_7z(content: bytes) -> bytes:
    """Give the start and the header of a 7z archive the checksums of their bytes."""
    if len(content) < 32:
        return content
    offset, size, _ = _7Z_START.unpack(content[12:32])
    header = content[32 + offset : 32 + offset + size] if offset < 1 << 40 else b""
    start = _7Z_START.pack(offset, size, zlib.crc32(header))
    return content[:8] + struct.pack("<I", zlib.crc32(start)) + start + content[32:]


def mend_zip(content: bytes) -> bytes:
    """Let the end record of a zip point to the directory that is there."""
    end, directory = content.rfind(b"PK\5\6"), content.find(b"PK\1\2")
    if end < 0 or not 0 <= directory < end or len(content) < end + 22:
        return content
    place = struct.pack("<II", end - directory, directory)
    return content[: end + 12] + place + content[end + 20 :]
