"""Hashes of values that are the same on every machine."""

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np
import shapely

MODULUS = 1 << 128  # fingerprints add up modulo this


def value_print(value: object) -> int:
    """128-bit hash of a value made of dataclasses, tuples, arrays, geometries, numbers and text."""
    hasher = hashlib.blake2b(digest_size=16)
    for piece in _pieces(value):
        hasher.update(len(piece).to_bytes(8, "big"))
        hasher.update(piece)
    return int.from_bytes(hasher.digest(), "big")


def _pieces(value: object) -> Iterator[bytes]:
    """The value as bytes, piece by piece."""
    match value:
        case np.ndarray() if value.dtype == object:
            yield repr(value.shape).encode()
            yield from (shapely.to_wkb(shape, byte_order=1, output_dimension=2) for shape in value.flat)
        case np.ndarray():
            yield f"{value.dtype.kind}{value.shape}".encode()
            yield np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<")).tobytes()
        case shapely.Geometry():
            yield shapely.to_wkb(value, byte_order=1, output_dimension=2)
        case tuple():
            yield f"tuple {len(value)}".encode()
            for each in value:
                yield from _pieces(each)
        case _ if is_dataclass(value) and not isinstance(value, type):
            yield type(value).__name__.encode()
            for each in fields(value):
                yield each.name.encode()
                yield from _pieces(getattr(value, each.name))
        case _:
            yield (repr(sorted(value)) if isinstance(value, frozenset) else repr(value)).encode()
