"""A ZIP archive of stored files under a passphrase, made while it is read: WinZip's AES-256 (AE-2), as 7-Zip reads it.

Nothing is compressed, so every size is known before a file is read. https://www.winzip.com/en/support/aes-encryption/
is the description: PBKDF2-HMAC-SHA1 with 1,000 rounds and a salt of 16 bytes gives each file a key, a key for its
HMAC-SHA1, of which 10 bytes follow the file, and 2 bytes that tell a wrong passphrase at once. The counter of AES-CTR
is little-endian and begins at 1. AE-2 has no CRC in the archive: it would say something of a file that lies encrypted.
"""

import hashlib
import hmac
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from Crypto.Cipher import AES
from Crypto.Util import Counter

from foundation.documents.errors import DocumentDamaged

_SALT, _KEY, _CHECK, _SEAL = 16, 32, 2, 10
_ROUNDS = 1000
# What the encryption adds to a file.
_ADDED = _SALT + _CHECK + _SEAL
_PIECE = 256 * 1024
_ENCRYPTED_UTF8 = 0x0801
_AES = 99
_AES_EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
_UNIX, _MODE = 3, 0o100600 << 16
_PLAIN, _LARGE = 20, 45
_IN_EXTRA, _IN_EXTRA_SHORT = 0xFFFFFFFF, 0xFFFF
# A plain ZIP counts to 4 GiB and to 65,535 files. Old tools know nothing else, so it stays plain where it fits.
_PLAIN_BYTES, _PLAIN_FILES = 4_000_000_000, 60_000


@dataclass(frozen=True)
class Member:
    """One file of an archive, measured before it is read."""

    name: str
    size: int
    crc32: int
    content: Callable[[], Iterator[bytes]]


def write(members: Iterable[Member], *, passphrase: str, at: datetime, comment: bytes = b"") -> Iterator[bytes]:
    """Yield the archive in pieces; raise DocumentDamaged where a file is not the one that was measured."""
    files = list(members)
    large = sum(file.size for file in files) >= _PLAIN_BYTES or len(files) >= _PLAIN_FILES
    directory, offset = [], 0
    for file in files:
        head = _Head(file, at=at, large=large)
        local = head.local()
        yield local
        yield from _sealed(file, passphrase)
        directory.append(head.central(offset))
        offset += len(local) + file.size + _ADDED
    listed = b"".join(directory)
    yield listed + _end(len(files), offset, len(listed), large=large, comment=comment)


def _sealed(file: Member, passphrase: str) -> Iterator[bytes]:
    """Yield the salt, the check of the passphrase, the file encrypted, and its seal."""
    salt = os.urandom(_SALT)
    keys = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, _ROUNDS, 2 * _KEY + _CHECK)
    yield salt + keys[2 * _KEY :]
    cipher = AES.new(keys[:_KEY], AES.MODE_CTR, counter=Counter.new(128, initial_value=1, little_endian=True))
    seal = hmac.new(keys[_KEY : 2 * _KEY], digestmod="sha1")
    size, crc32 = 0, 0
    for piece in file.content():
        size += len(piece)
        crc32 = zlib.crc32(piece, crc32)
        view = memoryview(piece)
        for start in range(0, len(view), _PIECE):
            hidden = cipher.encrypt(view[start : start + _PIECE])
            seal.update(hidden)
            yield hidden
    if (size, crc32) != (file.size, file.crc32):
        raise DocumentDamaged("A file of the archive is not the one that was measured.")
    yield seal.digest()[:_SEAL]


class _Head:
    """What an archive says of one file: before it, and in the directory at the end."""

    def __init__(self, file: Member, *, at: datetime, large: bool) -> None:
        at = at.astimezone(UTC)
        self._name, self._size, self._large = file.name.encode(), file.size, large
        day = at.day | at.month << 5 | (at.year - 1980) << 9
        time = at.second // 2 | at.minute << 5 | at.hour << 11
        self._common = struct.pack("<HHHHHL", _LARGE if large else _PLAIN, _ENCRYPTED_UTF8, _AES, time, day, 0)
        # The moment in UTC beside the one without a zone.
        self._extra = struct.pack("<HHBl", 0x5455, 5, 1, int(at.timestamp())) + _AES_EXTRA

    def local(self) -> bytes:
        extra = self._sizes() + self._extra
        return b"PK\x03\x04" + self._common + self._stated(len(extra)) + self._name + extra

    def central(self, offset: int) -> bytes:
        extra = self._sizes(offset) + self._extra
        where = struct.pack("<HHHLL", 0, 0, 0, _MODE, _IN_EXTRA if self._large else offset)
        made_by = struct.pack("<BB", _LARGE if self._large else _PLAIN, _UNIX)
        return b"PK\x01\x02" + made_by + self._common + self._stated(len(extra)) + where + self._name + extra

    def _stated(self, extra: int) -> bytes:
        sizes = (_IN_EXTRA, _IN_EXTRA) if self._large else (self._size + _ADDED, self._size)
        return struct.pack("<LLHH", *sizes, len(self._name), extra)

    def _sizes(self, *offset: int) -> bytes:
        """Return size, stored size and place where they do not fit into their fields."""
        if not self._large:
            return b""
        numbers = (self._size, self._size + _ADDED, *offset)
        return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def _end(files: int, offset: int, length: int, *, large: bool, comment: bytes) -> bytes:
    """Return what follows the directory; the comment is the very last of an archive."""
    if not large:
        return struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, files, files, length, offset, len(comment)) + comment
    end = struct.pack("<4sQBBHLLQQQQ", b"PK\x06\x06", 44, _LARGE, _UNIX, _LARGE, 0, 0, files, files, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + length, 1)
    short, long = _IN_EXTRA_SHORT, _IN_EXTRA
    last = struct.pack("<4sHHHHLLH", b"PK\x05\x06", short, short, short, short, long, long, len(comment))
    return end + locator + last + comment
