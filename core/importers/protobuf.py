"""Protocol buffers, taken apart without their description: fields by number."""

from collections.abc import Iterator


def inner(message: bytes, wanted: int) -> bytes:
    """Give the last field of a number that holds bytes; none where there is none."""
    found = [v for field, v in fields(message) if field == wanted and isinstance(v, bytes)]
    return found[-1] if found else b""


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Take a protocol buffer apart: whole numbers as such, everything else as its bytes."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(message, at)
            yield key >> 3, value
            continue
        if kind == 2:
            size, at = varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise IndexError(f"a field of kind {kind}")
        if at + size > len(message):
            raise IndexError("a field breaks off")
        yield key >> 3, message[at : at + size]
        at += size


def signed(number: int) -> int:
    """Read a whole number as one with a sign."""
    return number - (1 << 64) if number >> 63 else number


def varint(message: bytes, at: int) -> tuple[int, int]:
    """Read a whole number at an offset; give the offset behind it, too."""
    number = shift = 0
    while True:
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, at
        shift += 7
