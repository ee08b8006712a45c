"""The checksum of TensorBoard's records: CRC-32C, rotated and shifted ("masked")."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import UInt32

POLYNOMIAL: Final = 0x82F63B78  # Castagnoli, bits reversed
MASK_DELTA: Final = 0xA282EAD8
MANY: Final = 16  # equally long contents from which on they are summed side by side


def _table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [value >> 1 ^ (POLYNOMIAL if value & 1 else 0) for value in table]
    return table


TABLE: Final = _table()
TABLE_ARRAY: Final = np.array(TABLE, np.uint32)


def checksum(content: bytes) -> int:
    """Compute the CRC-32C of bytes.

    Example:
        >>> hex(checksum(b"123456789"))
        '0xe3069283'
    """
    value = 0xFFFFFFFF
    for byte in content:
        value = TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def masked_checksum(content: bytes) -> int:
    """Compute the checksum as records store it."""
    value = checksum(content)
    return ((value >> 15 | value << 17) + MASK_DELTA) & 0xFFFFFFFF


def masked_checksums(contents: Sequence[bytes]) -> UInt32[np.ndarray, " contents"]:
    """Compute `masked_checksum` of each; those of one length side by side, a byte at a time."""
    found = np.zeros(len(contents), np.uint32)
    by_length: dict[int, list[int]] = {}
    for number, content in enumerate(contents):
        by_length.setdefault(len(content), []).append(number)
    for length, numbers in by_length.items():
        if len(numbers) < MANY or not length:
            found[numbers] = [masked_checksum(contents[number]) for number in numbers]
            continue
        joined = b"".join(contents[number] for number in numbers)
        value = np.full(len(numbers), 0xFFFFFFFF, np.uint32)
        for column in np.frombuffer(joined, np.uint8).reshape(-1, length).T:
            value = TABLE_ARRAY[(value ^ column) & 0xFF] ^ value >> 8
        value = ~value
        found[numbers] = (value >> 15 | value << 17) + np.uint32(MASK_DELTA)
    return found
