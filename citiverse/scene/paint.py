"""Surfaces and their colours: what stands in `_SURFACE` and `COLOR_0`."""

import re
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.uint8]


class Surface(IntEnum):
    """What a face of a tile is made of; the number travels in the attribute `_SURFACE`."""

    WALL = 0
    ROOF = 1
    EARTH = 2
    CARRIAGEWAY = 3
    PAVEMENT = 4
    CYCLEWAY = 5
    SQUARE = 6
    LAWN = 7
    WOOD = 8
    PITCH = 9
    WATER = 10
    MARKING = 11
    TRACK = 12
    STEEL = 13
    KERB = 14
    FOLIAGE = 15
    BARK = 16
    MASONRY = 17
    OBJECT = 18
    SAND = 19
    WALL_SHOP = 20
    WALL_OFFICE = 21
    WALL_GLASS = 22
    WALL_BRICK = 23
    WALL_WOOD = 24
    WALL_HALL = 25
    WALL_CHURCH = 26
    ROOF_TILES = 30
    ROOF_METAL = 31
    ROOF_GREEN = 32
    ROOF_SOLAR = 33
    ROOF_GREEN_SOLAR = 34


SURFACES: dict[str, int] = {surface.name.lower(): int(surface) for surface in Surface}
FACADE_STEPS = 64
"""Steps of TEXCOORD_0 to a window bay and to a storey."""

# Colours that OpenStreetMap uses by name (wiki: Key:colour, Key:building:colour). The pure ones of CSS stand for what
# masons and roofers call so: green is copper's patina, red is brick.
_NAMES = {
    "white": "#ffffff", "black": "#33363a", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0",
    "lightgrey": "#d3d3d3", "lightgray": "#d3d3d3", "darkgrey": "#a9a9a9", "darkgray": "#a9a9a9", "dimgrey": "#696969",
    "maroon": "#743630", "red": "#b0443a", "darkred": "#7f332c", "firebrick": "#9e3f37", "indianred": "#cd5c5c",
    "salmon": "#fa8072", "tomato": "#ff6347", "orange": "#d99a4e", "darkorange": "#ff8c00", "gold": "#ffd700",
    "yellow": "#e3c66a", "lightyellow": "#ffffe0", "khaki": "#f0e68c", "beige": "#f5f5dc", "ivory": "#fffff0",
    "cream": "#fffdd0", "linen": "#faf0e6", "wheat": "#f5deb3", "tan": "#d2b48c", "sandybrown": "#f4a460",
    "peru": "#cd853f", "chocolate": "#d2691e", "sienna": "#a0522d", "brown": "#a52a2a", "saddlebrown": "#8b4513",
    "olive": "#87834a", "green": "#5f8d78", "darkgreen": "#46695a", "lime": "#9cc26a", "lightgreen": "#90ee90",
    "teal": "#4c8583", "aqua": "#8fc4c6", "cyan": "#8fc4c6", "blue": "#4d6fa3", "navy": "#3b4a6b",
    "lightblue": "#add8e6", "skyblue": "#87ceeb", "steelblue": "#4682b4", "slategray": "#708090",
    "slategrey": "#708090", "purple": "#755078", "fuchsia": "#b5699f", "pink": "#ffc0cb", "violet": "#ee82ee",
    "burlywood": "#deb887", "bisque": "#ffe4c4", "navajowhite": "#ffdead", "rosybrown": "#bc8f8f", "copper": "#7fb39b",
    "sandstone": "#d9c3a0", "rust": "#a9502d", "terracotta": "#c06a4a", "anthracite": "#3b3f42",
}  # fmt: skip


# The same words as hexadecimal numbers (CSS Color 4, 6.1), as editors of maps write them.
_PURE = {
    "008000": "green", "00ff00": "green", "228b22": "green", "006400": "darkgreen", "ff0000": "red",
    "8b0000": "darkred", "0000ff": "blue", "000080": "navy", "ffff00": "yellow", "00ffff": "cyan",
    "ff00ff": "fuchsia", "ffa500": "orange", "800000": "maroon", "800080": "purple", "808000": "olive",
    "008080": "teal", "000000": "black",
}  # fmt: skip


@lru_cache(maxsize=4096)
def srgb(colour: str) -> tuple[int, int, int] | None:
    """Red, green and blue (0 to 255, sRGB) of a colour as tags write it (#abc, #aabbcc, a name), or None."""
    word = colour.strip().lower().replace(" ", "").replace("_", "")
    word = _NAMES.get(word, word)
    if re.fullmatch(r"#?[0-9a-f]{3}", word):
        word = "".join(2 * digit for digit in word.lstrip("#"))
    if not re.fullmatch(r"#?[0-9a-f]{6}", word):
        return None
    word = word.lstrip("#")
    value = int(_NAMES[_PURE[word]].lstrip("#") if word in _PURE else word, 16)
    return value >> 16, value >> 8 & 255, value & 255


@lru_cache(maxsize=4096)
def linear(colour: str) -> tuple[int, int, int, int]:
    """The colour `#rrggbb` as COLOR_0 holds it: linear RGBA, 0 to 255 (IEC 61966-2-1). Raises ValueError."""
    found = srgb(colour)
    if found is None:
        raise ValueError(f"{colour!r} is not a colour.")
    red, green, blue = (_LINEAR[channel] for channel in found)
    return red, green, blue, 255


def _to_linear(channel: int) -> int:
    share = channel / 255.0
    return round(255.0 * (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4))


_LINEAR = tuple(_to_linear(channel) for channel in range(256))


@lru_cache(maxsize=4096)
def weathered(colour: str) -> str:
    """#rrggbb as it looks outdoors: tags say "red" or "black" of what is brick red and dark grey."""
    found = srgb(colour) or (128, 128, 128)
    grey = sum(found) / 3.0
    vivid = max(found) - min(found)
    keep = 1.0 if vivid <= _MOST_VIVID else _MOST_VIVID / vivid
    low, high = _DARKEST, _BRIGHTEST
    return "#{:02x}{:02x}{:02x}".format(
        *(round(low + (high - low) / 255.0 * (grey + (channel - grey) * keep)) for channel in found)
    )


_MOST_VIVID = 72
_DARKEST, _BRIGHTEST = 36, 246


def shaded(colour: str, factor: float) -> str:
    """#rrggbb lighter (factor > 1) or darker."""
    found = srgb(colour) or (128, 128, 128)
    return "#{:02x}{:02x}{:02x}".format(*(min(255, max(0, round(channel * factor))) for channel in found))
